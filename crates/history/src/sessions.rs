//! What a session is promised: it sees its own writes, and never less than it saw before.
//!
//! Checked twice, once by the positions that the answers name and once by what they hold, so that an answer cannot name a
//! position that it does not have.

use std::collections::BTreeMap;
use std::fmt;

use crate::number_set::NumberSet;

/// How far each group had come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(BTreeMap<u64, u64>);

/// One step of a session that was told to see what came before it.
#[derive(Clone, Debug)]
pub struct Step<K> {
    /// Whose it is.
    pub session: u64,
    /// What was written or read.
    pub key: K,
    /// What happened.
    pub stepped: Stepped,
    /// The position that the answer named.
    pub position: Position,
}

/// What happened in a step.
#[derive(Clone, Debug)]
pub enum Stepped {
    /// This message was acknowledged.
    Wrote(u32),
    /// These messages were there.
    Read(NumberSet),
}

/// What a session is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// It sees its own writes.
    ReadYourWrites,
    /// It never sees less than before.
    MonotonicReads,
}

/// A step that saw less than its session was promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WentBack {
    /// Whose it is.
    pub session: u64,
    /// Which step of all.
    pub at: usize,
    /// What was broken.
    pub guarantee: Guarantee,
    /// In words.
    pub what: String,
}

impl Position {
    /// The position at which a group has come to an index.
    pub fn at(group: u64, index: u64) -> Self {
        Position(BTreeMap::from([(group, index)]))
    }

    /// Raises this position to hold another.
    pub fn raise(&mut self, other: &Position) {
        for (&group, &index) in &other.0 {
            let known = self.0.entry(group).or_default();
            *known = index.max(*known);
        }
    }

    /// The index of a group.
    pub fn of(&self, group: u64) -> u64 {
        self.0.get(&group).copied().unwrap_or(0)
    }

    /// The first group in which this position is behind another, of those that both name.
    fn first_behind(&self, other: &Position) -> Option<u64> {
        let mut both = self.0.iter().filter_map(|(group, index)| {
            let other = other.0.get(group)?;
            Some((*group, index < other))
        });
        both.find_map(|(group, is_behind)| is_behind.then_some(group))
    }
}

impl<I: IntoIterator<Item = (u64, u64)>> From<I> for Position {
    fn from(indexes: I) -> Self {
        Position(indexes.into_iter().collect())
    }
}

#[derive(Default)]
struct Session<K> {
    wrote: Position,
    read: Position,
    keys: BTreeMap<K, Known>,
}

#[derive(Default)]
struct Known {
    wrote: NumberSet,
    seen: NumberSet,
}

/// Goes through the steps of any number of sessions, those of each in the order in which they happened.
pub fn sessions<K: Clone + fmt::Debug + Ord>(steps: &[Step<K>]) -> Result<(), WentBack> {
    let mut all: BTreeMap<u64, Session<K>> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let session = all.entry(step.session).or_insert_with(|| Session {
            wrote: Position::default(),
            read: Position::default(),
            keys: BTreeMap::new(),
        });
        let broken = session.take(step);
        broken.map_err(|(guarantee, what)| WentBack {
            session: step.session,
            at,
            guarantee,
            what,
        })?;
    }
    Ok(())
}

impl<K: Clone + fmt::Debug + Ord> Session<K> {
    fn take(&mut self, step: &Step<K>) -> Result<(), (Guarantee, String)> {
        let known = self.keys.entry(step.key.clone()).or_default();
        let seen = match &step.stepped {
            Stepped::Wrote(message) => {
                known.wrote.insert(*message);
                self.wrote.raise(&step.position);
                return Ok(());
            }
            Stepped::Read(seen) => seen,
        };
        for (guarantee, sets, positions) in [
            (Guarantee::ReadYourWrites, &known.wrote, &self.wrote),
            (Guarantee::MonotonicReads, &known.seen, &self.read),
        ] {
            if let Some(missing) = sets.first_missing_in(seen) {
                let what = format!("message {missing} of {:?} is not in {seen:?}", step.key);
                return Err((guarantee, what));
            }
            if let Some(group) = step.position.first_behind(positions) {
                let (now, before) = (step.position.of(group), positions.of(group));
                let what = format!("group {group} is at {now} and was at {before}");
                return Err((guarantee, what));
            }
        }
        known.seen.extend(seen);
        self.read.raise(&step.position);
        Ok(())
    }
}

impl fmt::Display for WentBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let promise = match self.guarantee {
            Guarantee::ReadYourWrites => "does not see its own write",
            Guarantee::MonotonicReads => "sees less than before",
        };
        write!(
            f,
            "session {} {promise} (step {}): {}",
            self.session, self.at, self.what
        )
    }
}

impl std::error::Error for WentBack {}
