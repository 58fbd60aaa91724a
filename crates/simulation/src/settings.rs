//! What a run is made of, drawn from its seed.

use std::time::Duration;

use acquaint_storage::{GroupId, SlotMap};

use crate::dice::Dice;
use crate::world::World;

/// The group that collects what is pinned to the boards.
pub(crate) const COLLECTOR: GroupId = GroupId::Identity(0);
/// Keys of each board.
pub(crate) const KEYS: u8 = 2;
/// Clients: at most ten, so that histories can be checked.
pub(crate) const CLIENTS_MAX: u64 = 10;

/// What a run is made of.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) world: World,
    /// Nodes at the beginning, all of them voters.
    pub(crate) nodes: u64,
    /// Boards.
    pub(crate) boards: u16,
    pub(crate) clients: u64,
    /// How long faults happen, in virtual time.
    pub(crate) faulty: Duration,
    /// How long clients pause between requests, at most.
    pub(crate) think: Duration,
    /// How long nothing happens to the cluster, at most.
    pub(crate) calm: Duration,
    /// Applied entries that stay in the logs: few, so that those who were away need snapshots.
    pub(crate) log_keep_entries: u64,
    pub(crate) purge_interval: Duration,
    /// How much faster or slower a clock runs, in millionths.
    pub(crate) clock_error_ppm: u32,
    /// Bytes in a command that mean nothing, at most.
    pub(crate) ballast_bytes: u64,
}

impl Settings {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let seconds = |dice: &mut Dice, from, to| {
            dice.time(Duration::from_secs(from)..Duration::from_secs(to))
        };
        Settings {
            world: match dice.happens(500) {
                true => World::Boards,
                false => World::Profiles,
            },
            nodes: dice.pick(&[3, 3, 3, 4, 5]).copied().unwrap_or(3),
            boards: dice.pick(&[1, 2]).copied().unwrap_or(1),
            clients: 2 + dice.roll(CLIENTS_MAX - 1),
            faulty: seconds(dice, 60, 240),
            think: dice.time(Duration::from_millis(20)..Duration::from_millis(1_500)),
            calm: seconds(dice, 1, 8),
            log_keep_entries: dice.pick(&[5, 20, 200]).copied().unwrap_or(20),
            purge_interval: dice.time(Duration::from_millis(200)..Duration::from_secs(5)),
            clock_error_ppm: dice.pick(&[0, 10_000, 100_000]).copied().unwrap_or(0),
            ballast_bytes: dice.pick(&[8, 200, 20_000]).copied().unwrap_or(8),
        }
    }

    /// The boards.
    pub(crate) fn boards(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..self.boards).map(GroupId::Anchors)
    }

    /// Every group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        let registry = (self.world == World::Profiles).then_some(GroupId::Registry);
        self.boards().chain([COLLECTOR]).chain(registry)
    }

    pub(crate) fn slot_map(&self) -> SlotMap {
        SlotMap::new(self.boards)
    }
}
