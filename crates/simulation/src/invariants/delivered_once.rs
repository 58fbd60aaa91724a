//! Every message that was pinned is collected in the end, and none has an effect twice.

use std::collections::BTreeSet;

use super::Invariant;
use crate::audit::Event;

pub(super) struct DeliveredOnce;

impl Invariant for DeliveredOnce {
    fn name(&self) -> &'static str {
        "the outbox is delivered once"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        let Event::Settled(settled) = event else {
            return Ok(());
        };
        for (node, collected) in &settled.collected {
            if let Some(taken) = collected.iter().find(|taken| taken.times != 1) {
                return Err(format!("node {node} has collected {taken:?}"));
            }
            let places = collected
                .iter()
                .map(|taken| (taken.from, taken.key, taken.message));
            let collected: BTreeSet<_> = places.collect();
            for ((group, key), by_node) in &settled.pinned {
                let messages = by_node.values().flat_map(|messages| messages.iter());
                for message in messages {
                    if !collected.contains(&(group.number(), *key, message)) {
                        return Err(format!(
                            "node {node} has not collected {message} of key {key} of {group}"
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}
