//! Goes through an export once and counts what the scores are made of.
//!
//! - The export says of each interaction which profile it is attributed to and which identifiers it carries: the partition
//!   and the oracle's links both come from it.
//! - A message that is attributed to nobody is shown for no customer, so it counts as a profile of its own.
//! - A message id that was sent with other identifiers is another message to a node; the truth knows one, and the first in
//!   the order of the export counts.
//! - Memory: the truth, and a number for each name of a profile.

use std::collections::BTreeMap;

use acquaint_profile::{Identifier, Namespaces, Region};
use anyhow::Context;
use serde::Deserialize;

use super::numbering::Numbering;
use super::oracle::Oracle;
use super::owners::Owners;
use super::partition_scores::JointCounts;
use super::truth::Truth;

/// What was counted.
pub(super) struct Tally<'a> {
    truth: &'a Truth,
    owners: &'a Owners,
    namespaces: Namespaces,
    region: Region,
    oracle: Oracle,
    profiles: Numbering,
    found: BTreeMap<String, Found>,
    lines: u64,
    /// Messages of the export that the truth does not know.
    pub(super) unknown: u64,
    /// Lines whose message id stood on an earlier line.
    pub(super) repeated: u64,
    /// Profiles on whose identity work is pending.
    pub(super) pending: u64,
}

/// Where a message of the truth was found.
struct Found {
    /// None when it is attributed to nobody.
    profile: Option<u32>,
    /// Its strongest identifier of one owner.
    owned: Option<u32>,
}

/// Both partitions of the messages that are scored.
pub(super) struct Partitions {
    pub(super) live: JointCounts,
    pub(super) oracle: JointCounts,
    /// Scored messages that are attributed to nobody.
    pub(super) nobodys: u64,
    pub(super) profiles: Numbering,
    pub(super) classes: BTreeMap<String, ClassCount>,
}

/// The messages of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClassCount {
    /// In the truth.
    pub(super) messages: u64,
    /// Of those, not in the export: rejected, or never sent.
    pub(super) not_found: u64,
    /// Whether it is scored.
    pub(super) scored: bool,
}

/// What is read of a line of an export.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Profile {
        #[serde(default)]
        pending: bool,
    },
    #[serde(rename_all = "camelCase")]
    Interaction {
        profile_id: Option<String>,
        message_id: String,
        identifiers: Vec<String>,
    },
}

impl<'a> Tally<'a> {
    pub(super) fn new(truth: &'a Truth, owners: &'a Owners, region: Region) -> Self {
        Self {
            truth,
            owners,
            namespaces: Namespaces::builtin(),
            region,
            oracle: Oracle::new(owners),
            profiles: Numbering::default(),
            found: BTreeMap::new(),
            lines: 0,
            unknown: 0,
            repeated: 0,
            pending: 0,
        }
    }

    /// Takes a line of the export.
    pub(super) fn line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        self.lines += 1;
        if line.is_empty() {
            return Ok(());
        }
        let line: Line = serde_json::from_slice(line)
            .with_context(|| format!("line {} of the export is not understood", self.lines))?;
        match line {
            Line::Profile { pending } => self.pending += u64::from(pending),
            Line::Interaction {
                profile_id,
                message_id,
                identifiers,
            } => self.interaction(profile_id.as_deref(), message_id, &identifiers)?,
        }
        Ok(())
    }

    fn interaction(
        &mut self,
        profile: Option<&str>,
        message: String,
        identifiers: &[String],
    ) -> anyhow::Result<()> {
        let mut numbers = Vec::with_capacity(identifiers.len());
        for text in identifiers {
            let identifier: Identifier = text
                .parse()
                .with_context(|| format!("line {} of the export", self.lines))?;
            // A workspace's own namespace has no owners in the file.
            if let Some((_, spec)) = self.namespaces.get(identifier.namespace.as_str()) {
                let key = identifier.matching_key(spec, &self.region);
                numbers.extend(self.owners.number(&key));
            }
        }
        let owned = self.oracle.observe(self.owners, &numbers);
        if !self.truth.messages.contains_key(&message) {
            self.unknown += 1;
            return Ok(());
        }
        if self.found.contains_key(&message) {
            self.repeated += 1;
            return Ok(());
        }
        let profile = profile.map(|profile| self.profiles.number(profile));
        self.found.insert(message, Found { profile, owned });
        Ok(())
    }

    /// The partitions, once all lines are taken.
    pub(super) fn partitions(mut self) -> Partitions {
        let (mut live, mut oracle) = (JointCounts::default(), JointCounts::default());
        let mut classes: BTreeMap<String, ClassCount> = BTreeMap::new();
        let mut nobodys = 0;
        // Messages that stand alone take numbers that no profile and no piece has.
        let (mut profile_alone, mut piece_alone) = (self.profiles.len(), self.oracle.len());
        for (id, message) in &self.truth.messages {
            let class = self.truth.classes.name(message.class).unwrap_or_default();
            let count = classes.entry(class.to_owned()).or_default();
            count.messages += 1;
            count.scored = message.is_scored;
            let Some(found) = self.found.get(id) else {
                count.not_found += 1;
                continue;
            };
            let (true, Some(person)) = (message.is_scored, message.person) else {
                continue;
            };
            nobodys += u64::from(found.profile.is_none());
            let profile = found.profile.unwrap_or_else(|| next(&mut profile_alone));
            live.add(profile, person);
            let piece = match found.owned {
                Some(owned) => self.oracle.piece(owned),
                None => next(&mut piece_alone),
            };
            oracle.add(piece, person);
        }
        Partitions {
            live,
            oracle,
            nobodys,
            profiles: self.profiles,
            classes,
        }
    }
}

fn next(number: &mut u32) -> u32 {
    *number += 1;
    *number - 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::super::owners::tests::owners;
    use super::super::truth::tests::truth;
    use super::*;

    fn interaction(id: &str, profile: Option<&str>, identifiers: &[&str]) -> String {
        let mut body = json!({ "messageId": id, "type": "track", "identifiers": identifiers });
        if let Some(profile) = profile {
            body["profileId"] = profile.into();
        }
        json!({ "interaction": body }).to_string()
    }

    #[test]
    fn messages_are_counted_where_the_export_says() {
        let truth = truth(
            "messageId,person_id,cls\nm1,p1,ok\nm2,p1,ok\nm3,p1,ok\nm4,p1,ok\nm5,p2,bot\nm6,p2,bot\n",
        );
        let owners =
            owners("ns,value,owners\nuser_id,a,p1\nemail,a@gmail.com,p1\nanonymous_id,x,p1;p2\n");
        let mut tally = Tally::new(&truth, &owners, Region::default());
        for line in [
            json!({ "profile": { "id": "pf_1", "pending": true, "identifiers": [] } }).to_string(),
            interaction("m1", Some("pf_1"), &["user_id:a", "email:A.A@gmail.com"]),
            interaction("m2", Some("pf_1"), &["anonymous_id:x"]),
            interaction("m3", None, &["email:a@gmail.com", "anonymous_id:x"]),
            interaction("m3", Some("pf_1"), &["user_id:a"]),
            interaction("m5", Some("pf_1"), &["user_id:a", "email:a@gmail.com"]),
            interaction("other", Some("pf_1"), &["user_id:a"]),
        ] {
            tally.line(line.as_bytes()).unwrap();
        }
        assert_eq!((tally.unknown, tally.repeated, tally.pending), (1, 1, 1));
        let partitions = tally.partitions();
        assert_eq!(partitions.nobodys, 1);
        let classes: Vec<(&str, u64, u64)> = partitions
            .classes
            .iter()
            .map(|(class, count)| (class.as_str(), count.messages, count.not_found))
            .collect();
        assert_eq!(classes, [("bot", 2, 1), ("ok", 4, 1)]);
        let (live, oracle) = (partitions.live.scores(), partitions.oracle.scores());
        // m1 and m2 are together; the oracle has m1 and m3, as m5 links the login with the email.
        assert_eq!((live.messages, live.profiles, live.pairs_right), (3, 2, 1));
        assert_eq!((oracle.profiles, oracle.pairs_right), (2, 1));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let (truth, owners) = (Truth::default(), Owners::default());
        let mut tally = Tally::new(&truth, &owners, Region::default());
        tally.line(b"").unwrap();
        let error = tally.line(b"{}").unwrap_err();
        assert_eq!(error.to_string(), "line 2 of the export is not understood");
    }
}
