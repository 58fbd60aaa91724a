//! Under which rules a workspace lives, as the rows of one moment say.
//!
//! Rules hold patterns, and compiling those costs more than most commands. They are kept decoded by epoch: the rows of an
//! epoch's rules never change, and its number is never given again, so that what is kept says what the row says.
//!
//! A lookup asks for the serving rules first, every time. They are kept as they were read last, as long as no command changes them:
//!
//! ```text
//! identity machine   changing ─► write ─► changed
//! reader             version ─► view ─► same version? ─► what is kept holds in the view
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_identity::{Building, EpochsRow, RowKey, RowValue, Rules, RulesRow, Taken};
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::IdentityRow;
use acquaint_storage::{Error, GroupId, Key, Place, Read, Store, View};
use parking_lot::{Mutex, RwLock};

/// The epoch that a workspace begins with.
pub(crate) const FIRST_EPOCH: u32 = 1;
/// Decoded rules that are kept; with more workspaces than that, some are decoded again.
const KEPT_MAX: usize = 1_024;

/// Where the partition of a workspace stands that serves, and its rules.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The serving partition.
    pub(crate) place: Place,
    /// Its rules.
    pub(crate) rules: Arc<Rules>,
    /// What else there is.
    pub(crate) epochs: EpochsRow,
}

impl Standing {
    /// Where the partition stands that is being built, and which inputs it has.
    pub(crate) fn building(&self) -> Option<(Place, Taken)> {
        let Building { epoch, taken } = self.epochs.building?;
        let place = Place {
            epoch,
            ..self.place
        };
        Some((place, taken))
    }
}

/// The rules that serve a workspace, and how much work waits in its graph: the first that a lookup needs.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) standing: Standing,
    /// Rows of pending work.
    pub(crate) pending_rows: u64,
}

/// The serving rules as they were read last. One node has one identity group, so one flag covers them all.
#[derive(Default)]
struct Kept {
    /// Changes with every start and every end of a change.
    version: u64,
    /// True from before a row is written that this is read from until readers can see it.
    is_changing: bool,
    serving: BTreeMap<(GroupId, WorkspaceId), Arc<Serving>>,
}

/// Rules by group, workspace and epoch, decoded once; and what serves.
#[derive(Default)]
pub(crate) struct Epochs {
    decoded: Mutex<BTreeMap<(GroupId, WorkspaceId, u32), Arc<Rules>>>,
    kept: RwLock<Kept>,
}

impl Epochs {
    /// A view of the store, and what serves a workspace in it; none where the workspace is not defined.
    pub(crate) fn serving<'a>(
        &self,
        store: &'a Store,
        group: GroupId,
        workspace: WorkspaceId,
    ) -> Result<(View<'a>, Option<Arc<Serving>>), Error> {
        let (version, known) = {
            let kept = self.kept.read();
            let known = kept.serving.get(&(group, workspace));
            (kept.version, known.map(Arc::clone))
        };
        let view = store.snapshot();
        if known.is_some() && self.kept.read().version == version {
            return Ok((view, known));
        }
        let Some(standing) = self.standing(&view, group, workspace)? else {
            return Ok((view, None));
        };
        let pending = view.get(&standing.place.key(RowKey::PendingCount))?;
        let serving = Arc::new(Serving {
            pending_rows: match pending {
                Some(IdentityRow(RowValue::PendingCount(rows))) => rows,
                _ => 0,
            },
            standing,
        });
        let mut kept = self.kept.write();
        if kept.version == version && !kept.is_changing {
            if kept.serving.len() >= KEPT_MAX {
                kept.serving.clear();
            }
            kept.serving
                .insert((group, workspace), Arc::clone(&serving));
        }
        Ok((view, Some(serving)))
    }

    /// Forgets what serves, before a row is written that says so.
    pub(crate) fn changing(&self) {
        let mut kept = self.kept.write();
        kept.version += 1;
        kept.is_changing = true;
        kept.serving.clear();
    }

    /// Lets what serves be kept again, after what was written can be read.
    pub(crate) fn changed(&self) {
        if self.kept.read().is_changing {
            let mut kept = self.kept.write();
            kept.version += 1;
            kept.is_changing = false;
        }
    }

    /// What the rows say; none where the workspace is not defined.
    pub(crate) fn standing<R: Read>(
        &self,
        rows: &R,
        group: GroupId,
        workspace: WorkspaceId,
    ) -> Result<Option<Standing>, Error> {
        let place = Place {
            group,
            workspace,
            epoch: FIRST_EPOCH,
        };
        let Some(IdentityRow(RowValue::Epochs(epochs))) = rows.get(&place.key(RowKey::Epochs))?
        else {
            return Ok(None);
        };
        let place = Place {
            epoch: epochs.serving,
            ..place
        };
        let rules = self.rules(rows, place)?;
        Ok(Some(Standing {
            place,
            rules,
            epochs: Arc::unwrap_or_clone(epochs),
        }))
    }

    /// The rules of an epoch that other rows name, so that they have to be there.
    pub(crate) fn rules<R: Read>(&self, rows: &R, place: Place) -> Result<Arc<Rules>, Error> {
        let key = (place.group, place.workspace, place.epoch);
        if let Some(rules) = self.decoded.lock().get(&key) {
            return Ok(Arc::clone(rules));
        }
        let row = rules_row(rows, place)?.ok_or_else(|| Error::MissingRow {
            key: rules_key(place).to_string(),
        })?;
        let rules = Arc::new(row.rules);
        let mut decoded = self.decoded.lock();
        if decoded.len() >= KEPT_MAX {
            decoded.clear();
        }
        decoded.insert(key, Arc::clone(&rules));
        Ok(rules)
    }
}

/// Where the rules of an epoch stand.
pub(crate) fn rules_key(place: Place) -> Key {
    place.key(RowKey::Rules { epoch: place.epoch })
}

/// The rules of an epoch, with the text that they were read from.
pub(crate) fn rules_row<R: Read>(rows: &R, place: Place) -> Result<Option<RulesRow>, Error> {
    Ok(match rows.get(&rules_key(place))? {
        Some(IdentityRow(RowValue::Rules(row))) => Some(Arc::unwrap_or_clone(row)),
        _ => None,
    })
}
