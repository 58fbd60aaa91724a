//! Under which rules a workspace lives, as the rows of one moment say.
//!
//! Rules hold patterns, and compiling those costs more than most commands. They are kept decoded by epoch: the rows of an
//! epoch's rules never change, and its number is never given again, so that what is kept says what the row says.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_identity::{EpochsRow, RowKey, RowValue, Rules, RulesRow};
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::IdentityRow;
use acquaint_storage::{Error, GroupId, Place, Read};
use parking_lot::Mutex;

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

/// Rules by group, workspace and epoch, decoded once.
#[derive(Default)]
pub(crate) struct Epochs {
    decoded: Mutex<BTreeMap<(GroupId, WorkspaceId, u32), Arc<Rules>>>,
}

impl Epochs {
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
        let rules = self.known_rules(rows, place)?;
        Ok(Some(Standing {
            place,
            rules,
            epochs: Arc::unwrap_or_clone(epochs),
        }))
    }

    /// The rules of an epoch that other rows name, so that they have to be there.
    pub(crate) fn known_rules<R: Read>(&self, rows: &R, place: Place) -> Result<Arc<Rules>, Error> {
        let key = place.key(RowKey::Rules { epoch: place.epoch });
        self.rules(rows, place)?.ok_or_else(|| Error::MissingRow {
            key: key.to_string(),
        })
    }

    /// The rules of an epoch.
    pub(crate) fn rules<R: Read>(
        &self,
        rows: &R,
        place: Place,
    ) -> Result<Option<Arc<Rules>>, Error> {
        let key = (place.group, place.workspace, place.epoch);
        if let Some(rules) = self.decoded.lock().get(&key) {
            return Ok(Some(Arc::clone(rules)));
        }
        let Some(row) = rules_row(rows, place)? else {
            return Ok(None);
        };
        let rules = Arc::new(row.rules);
        let mut decoded = self.decoded.lock();
        if decoded.len() >= KEPT_MAX {
            decoded.clear();
        }
        decoded.insert(key, Arc::clone(&rules));
        Ok(Some(rules))
    }
}

/// The rules of an epoch, with the text that they were read from.
pub(crate) fn rules_row<R: Read>(rows: &R, place: Place) -> Result<Option<RulesRow>, Error> {
    let key = place.key(RowKey::Rules { epoch: place.epoch });
    Ok(match rows.get(&key)? {
        Some(IdentityRow(RowValue::Rules(row))) => Some(Arc::unwrap_or_clone(row)),
        _ => None,
    })
}
