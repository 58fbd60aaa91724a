//! What the groups of a run replicate: the simulation's own small machines, or those of the product.

use acquaint_history::NumberSet;
use acquaint_storage::{Error, GroupId, SlotMap, Store, codec};

use crate::clients::Place;
use crate::machines::{self, Command, Taken};
use crate::profiles;
use crate::settings::{COLLECTOR, KEYS};

/// What the groups of a run replicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    /// Boards, a collector, and a pump between them: every apply is seen.
    Boards,
    /// What a node replicates: registry, anchors, identity, with the outbox and the loops between them.
    Profiles,
}

impl World {
    /// The command that has a message under a key of a board.
    pub(crate) fn pin(self, map: SlotMap, place: Place, message: u32, ballast: usize) -> Vec<u8> {
        match self {
            World::Boards => codec::encode(&Command::Pin {
                key: place.1,
                message,
                ballast: vec![0; ballast].into(),
            }),
            World::Profiles => profiles::ingest(map, place, message, ballast),
        }
    }

    /// Whether a command was answered with what it should be.
    pub(crate) fn is_pinned(self, outcome: &[u8]) -> bool {
        match self {
            World::Boards => true,
            World::Profiles => profiles::is_ingested(outcome),
        }
    }

    /// The messages under a key of a board.
    pub(crate) fn pinned(
        self,
        store: &Store,
        map: SlotMap,
        place: Place,
    ) -> Result<NumberSet, Error> {
        match self {
            World::Boards => machines::pinned(store, place.0, place.1),
            World::Profiles => profiles::interactions(store, map, place),
        }
    }

    /// Whether everything in the outbox of a board was taken.
    pub(crate) fn is_delivered(self, store: &Store, board: GroupId) -> Result<bool, Error> {
        match self {
            World::Boards => {
                let taken = machines::watermark(store, COLLECTOR, board)?;
                Ok(machines::outbox_after(store, board, taken, 1)?.is_empty())
            }
            World::Profiles => profiles::is_delivered(store, board),
        }
    }

    /// The messages that came out at the other end, and how often.
    pub(crate) fn collected(
        self,
        store: &Store,
        map: SlotMap,
        boards: impl Iterator<Item = GroupId>,
    ) -> Result<Vec<Taken>, Error> {
        if self == World::Boards {
            return machines::collected(store, COLLECTOR);
        }
        let mut collected = Vec::new();
        for place in boards.flat_map(|board| (0..KEYS).map(move |key| (board, key))) {
            collected.extend(profiles::known_to_identity(store, map, place)?);
        }
        Ok(collected)
    }
}
