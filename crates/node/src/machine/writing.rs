//! What a command of an identity group decides, and how it is written.

use acquaint_consensus::At;
use acquaint_identity::{Build, Effects, ProfileChange, RowKey};
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::ProfileChangeRow;
use acquaint_storage::{Batch, Error, Graph, Place};

use super::profile_feed;
use crate::epochs::{Epochs, Standing};

/// What a command does to the partition of a workspace, and to the one that is being built beside it.
pub(super) struct Decided {
    serving: (Place, Effects),
    building: Option<(Place, Effects)>,
}

impl Decided {
    /// Whether the number of pending rows changes.
    pub(super) fn counts_pending(&self) -> bool {
        self.serving.1.writes.contains_key(&RowKey::PendingCount)
    }

    /// Whether work is left for steps.
    pub(super) fn is_pending(&self) -> bool {
        let building = self.building.as_ref();
        self.serving.1.pending || building.is_some_and(|(_, effects)| effects.pending)
    }
}

/// Has the partition that is being built follow what the serving one decides. Nothing is written yet: both see the rows of
/// before.
pub(super) fn follow(
    effects: Effects,
    standing: &Standing,
    epochs: &Epochs,
    batch: &Batch<'_>,
) -> Result<Decided, Error> {
    let mut building = None;
    if let Some((place, taken)) = standing.building() {
        let rules = epochs.rules(batch, place)?;
        let graph = Graph::new(batch, place);
        let followed = Build::new(&graph, &rules, taken).follow(&effects)?;
        building = Some((place, followed));
    }
    Ok(Decided {
        serving: (standing.place, effects),
        building,
    })
}

/// Writes what a command decides; its changes of profiles come last, all at once.
#[must_use = "without `finish`, the changes of profiles are lost"]
pub(super) struct Writing {
    at: At,
    changes: Vec<ProfileChangeRow>,
}

impl Writing {
    pub(super) fn new(at: At) -> Self {
        Self {
            at,
            changes: Vec::new(),
        }
    }

    pub(super) fn write(&mut self, decided: Decided, batch: &mut Batch<'_>) {
        let (place, effects) = decided.serving;
        place.write(effects.writes, batch);
        for change in effects.changes {
            self.change(place.workspace, change);
        }
        if let Some((place, effects)) = decided.building {
            place.write(effects.writes, batch);
        }
    }

    pub(super) fn change(&mut self, workspace: WorkspaceId, change: ProfileChange) {
        self.changes.push(ProfileChangeRow { workspace, change });
    }

    /// Writes the changes of profiles, and forgets the oldest where there are too many.
    pub(super) fn finish(self, batch: &mut Batch<'_>) -> Result<(), Error> {
        profile_feed::append(self.at, self.changes, profile_feed::ROWS_MAX, batch)
    }
}
