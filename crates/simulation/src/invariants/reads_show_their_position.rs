//! A read shows exactly what was pinned up to the position that it names, at every level of consistency.

use std::collections::BTreeMap;

use acquaint_history::NumberSet;
use acquaint_storage::GroupId;

use super::Invariant;
use crate::audit::{Effect, Event};

#[derive(Default)]
pub(super) struct ReadsShowTheirPosition {
    /// What was pinned to a key, by the index that pinned it.
    pinned: BTreeMap<(GroupId, u8), BTreeMap<u64, u32>>,
}

impl Invariant for ReadsShowTheirPosition {
    fn name(&self) -> &'static str {
        "reads show their position"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Applied(applied) => {
                if let Effect::Pinned { key, message } = applied.effect {
                    let pinned = self.pinned.entry((applied.at.group, key)).or_default();
                    pinned.insert(applied.at.index, message);
                }
                Ok(())
            }
            Event::Read { at, key, seen } => {
                let pinned = self.pinned.get(&(at.group, *key)).into_iter().flatten();
                let until = pinned.take_while(|(index, _)| **index <= at.index);
                let expected: NumberSet = until.map(|(_, message)| *message).collect();
                match expected == **seen {
                    true => Ok(()),
                    false => Err(format!(
                        "key {key} of {} at {} is {expected:?}, and a read showed {seen:?}",
                        at.group, at.index
                    )),
                }
            }
            _ => Ok(()),
        }
    }
}
