//! Once nothing is wrong any more, every node has every message that was acknowledged, and all have the same.

use super::Invariant;
use crate::audit::Event;

pub(super) struct NothingIsLost;

impl Invariant for NothingIsLost {
    fn name(&self) -> &'static str {
        "nothing is lost"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        let Event::Settled(settled) = event else {
            return Ok(());
        };
        for ((group, key), by_node) in &settled.pinned {
            let mut before = None;
            for (node, messages) in by_node {
                let acknowledged = settled.acknowledged.get(&(*group, *key));
                let lost = acknowledged.and_then(|all| all.first_missing_in(messages));
                if let Some(message) = lost {
                    return Err(format!(
                        "message {message} of key {key} of {group} was acknowledged, and node {node} does not have it"
                    ));
                }
                if let Some((other, before)) = before.replace((node, messages))
                    && before != messages
                {
                    return Err(format!(
                        "key {key} of {group} is {before:?} on node {other} and {messages:?} on node {node}"
                    ));
                }
            }
        }
        Ok(())
    }
}
