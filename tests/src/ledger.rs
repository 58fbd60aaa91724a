//! What clients sent and what they were told, against what is there.
//!
//! - An acknowledged message is in the export exactly once, however the node was treated.
//! - One whose answer was lost is there once or not at all. Nothing else is there.
//! - Every interaction counts once in a profile.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What clients know of their messages, by message id.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    sent: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
}

impl Ledger {
    /// Notes a message before it is sent.
    pub fn send(&mut self, id: &str) {
        self.sent.insert(id.to_owned());
    }

    /// Whether a message was sent.
    pub fn was_sent(&self, id: &str) -> bool {
        self.sent.contains(id)
    }

    /// Notes that a message was acknowledged.
    pub fn acknowledge(&mut self, id: &str) {
        assert!(self.sent.contains(id), "{id} was acknowledged and not sent");
        self.acknowledged.insert(id.to_owned());
    }

    /// Takes up what another client knows.
    pub fn extend(&mut self, other: &Self) {
        self.sent.extend(other.sent.iter().cloned());
        self.acknowledged.extend(other.acknowledged.iter().cloned());
    }

    /// How many messages were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Says what is wrong with an export, if anything is.
    pub fn check(&self, export: &[u8]) -> Result<(), String> {
        let there = Export::read(export)?;
        let lost: Vec<_> = self
            .acknowledged
            .iter()
            .filter(|id| !there.messages.contains_key(*id))
            .collect();
        if !lost.is_empty() {
            return Err(format!(
                "{} of {} acknowledged messages are lost, such as {:?}",
                lost.len(),
                self.acknowledged.len(),
                &lost[..lost.len().min(5)]
            ));
        }
        for (id, times) in &there.messages {
            if !self.sent.contains(id) {
                return Err(format!("{id} is there and was never sent"));
            }
            if *times != 1 {
                return Err(format!("{id} is there {times} times"));
            }
        }
        let stored = there.messages.len() as u64;
        if there.counted != stored {
            return Err(format!(
                "{stored} interactions are stored and profiles count {}",
                there.counted
            ));
        }
        Ok(())
    }
}

/// What an export says that concerns the ledger.
#[derive(Debug, Default)]
struct Export {
    /// How often each message is there.
    messages: BTreeMap<String, u32>,
    /// Interactions that profiles count.
    counted: u64,
}

impl Export {
    fn read(export: &[u8]) -> Result<Self, String> {
        let mut read = Self::default();
        for line in export.split(|byte| *byte == b'\n') {
            if line.is_empty() {
                continue;
            }
            let line: Value = serde_json::from_slice(line)
                .map_err(|error| format!("the export is not NDJSON: {error}"))?;
            if let Some(id) = line["interaction"]["messageId"].as_str() {
                *read.messages.entry(id.to_owned()).or_default() += 1;
            } else if let Some(count) = line["profile"]["seen"]["interactions"].as_u64() {
                read.counted += count;
            } else {
                return Err(format!("the export has a line of another kind: {line}"));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.send("a");
        ledger.send("b");
        ledger.acknowledge("a");
        ledger
    }

    fn export(counted: u64, ids: &[&str]) -> String {
        let mut lines = format!("{{\"profile\":{{\"seen\":{{\"interactions\":{counted}}}}}}}\n");
        for id in ids {
            lines += &format!("{{\"interaction\":{{\"messageId\":\"{id}\"}}}}\n");
        }
        lines
    }

    #[test]
    fn what_was_acknowledged_is_there_once() {
        let check = |counted, ids: &[&str]| ledger().check(export(counted, ids).as_bytes());
        assert_eq!(check(1, &["a"]), Ok(()));
        assert_eq!(check(2, &["a", "b"]), Ok(()));
        for (counted, ids, complaint) in [
            (1, &["b"][..], "lost"),
            (2, &["a", "a"], "2 times"),
            (2, &["a", "c"], "never sent"),
            (2, &["a"], "profiles count 2"),
        ] {
            let said = check(counted, ids).expect_err(complaint);
            assert!(said.contains(complaint), "{said}");
        }
    }
}
