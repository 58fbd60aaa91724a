//! The scores as they are printed: a table for people, JSON for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::orders::OrdersReport;
use super::partition_scores::PartitionScores;
use super::tally::ClassCount;
use crate::output::{counted, grouped, harmless};

/// Everything that the command found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) messages: MessagesReport,
    pub(super) pairwise: PairwiseReport,
    pub(super) b_cubed: BCubedReport,
    pub(super) oracle: OracleReport,
    pub(super) persons: PersonsReport,
    pub(super) largest_profile: LargestReport,
    pub(super) profiles_per_person: SpreadReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) orders: Option<OrdersReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) mixed_profiles: Vec<MixedProfile>,
}

/// Which messages the scores are about, and which not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessagesReport {
    pub(super) scored: u64,
    /// Scored, but attributed to nobody: each counts as a profile of its own.
    pub(super) nobodys: u64,
    /// In the export, not in the truth.
    pub(super) unknown: u64,
    /// Lines whose message id stood on an earlier line with other identifiers.
    pub(super) repeated: u64,
    /// Rows of the owners file whose value no message could carry.
    pub(super) owners_unusable: u64,
    /// Profiles on whose identity work is pending.
    pub(super) profiles_pending: u64,
    pub(super) classes: BTreeMap<String, ClassCount>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PairwiseReport {
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
    pub(super) pairs_right: u64,
    pub(super) pairs_claimed: u64,
    pub(super) pairs_real: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BCubedReport {
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OracleReport {
    /// Pairs that the partition has right, as a share of those that the oracle has right.
    pub(super) recall_share: f64,
    /// The oracle's own recall.
    pub(super) recall: f64,
    /// The oracle's own precision.
    pub(super) precision: f64,
    /// Identifiers of one owner.
    pub(super) identifiers: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonsReport {
    pub(super) persons: u64,
    /// In a profile with somebody else.
    pub(super) mixed: u64,
    pub(super) mixed_share: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LargestReport {
    pub(super) persons: u64,
    pub(super) messages: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpreadReport {
    pub(super) mean: f64,
    pub(super) median: u64,
    pub(super) p99: u64,
}

/// A profile with more than one person.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MixedProfile {
    pub(super) profile_id: String,
    /// Messages by person.
    pub(super) persons: BTreeMap<String, u64>,
}

impl Report {
    /// The scores without the lists of examples.
    pub(super) fn new(
        live: &PartitionScores,
        oracle: &PartitionScores,
        messages: MessagesReport,
        identifiers: u64,
    ) -> Self {
        Self {
            messages,
            pairwise: PairwiseReport {
                precision: live.precision(),
                recall: live.recall(),
                f1: live.f1(),
                pairs_right: live.pairs_right,
                pairs_claimed: live.pairs_claimed,
                pairs_real: live.pairs_real,
            },
            b_cubed: BCubedReport {
                precision: live.b_cubed_precision,
                recall: live.b_cubed_recall,
                f1: live.b_cubed_f1(),
            },
            oracle: OracleReport {
                recall_share: live.recall_share_of(oracle),
                recall: oracle.recall(),
                precision: oracle.precision(),
                identifiers,
            },
            persons: PersonsReport {
                persons: live.persons,
                mixed: live.persons_mixed,
                mixed_share: live.mixed_share(),
            },
            largest_profile: LargestReport {
                persons: live.persons_in_largest,
                messages: live.messages_in_largest,
            },
            profiles_per_person: SpreadReport {
                mean: live.profiles_per_person.mean,
                median: live.profiles_per_person.median,
                p99: live.profiles_per_person.p99,
            },
            orders: None,
            mixed_profiles: Vec::new(),
        }
    }

    /// The table.
    pub(super) fn text(&self) -> String {
        let (pairs, b_cubed, oracle) = (&self.pairwise, &self.b_cubed, &self.oracle);
        let mut rows = vec![
            ("Scored", self.scored()),
            (
                "Pairwise",
                format!(
                    "precision {:.4} · recall {:.4} · F1 {:.4}",
                    pairs.precision, pairs.recall, pairs.f1
                ),
            ),
            (
                "B-cubed",
                format!(
                    "precision {:.4} · recall {:.4} · F1 {:.4}",
                    b_cubed.precision, b_cubed.recall, b_cubed.f1
                ),
            ),
            (
                "Oracle",
                format!(
                    "{:.2} % of its recall (its own: recall {:.4}, precision {:.4})",
                    100.0 * oracle.recall_share,
                    oracle.recall,
                    oracle.precision
                ),
            ),
            (
                "Mixed",
                format!(
                    "{:.2} % of persons are in a profile with somebody else ({} of {})",
                    100.0 * self.persons.mixed_share,
                    grouped(self.persons.mixed),
                    grouped(self.persons.persons)
                ),
            ),
            (
                "Largest",
                format!(
                    "{} in one profile, {} in one profile",
                    counted(self.largest_profile.persons, "person"),
                    counted(self.largest_profile.messages, "message")
                ),
            ),
            (
                "Profiles",
                format!(
                    "{:.2} per person, median {}, p99 {}",
                    self.profiles_per_person.mean,
                    self.profiles_per_person.median,
                    self.profiles_per_person.p99
                ),
            ),
        ];
        rows.extend(
            self.orders
                .iter()
                .map(|orders| ("Orders", order_text(orders))),
        );
        rows.extend(self.left_out().map(|text| ("Left out", text)));
        let mut text: String = rows
            .iter()
            .map(|(name, value)| format!("{name:<10}{value}\n"))
            .collect();
        text.extend(self.mixed_profiles.iter().map(MixedProfile::line));
        text
    }

    fn scored(&self) -> String {
        let classes = self.messages.classes.iter();
        let scored: Vec<&str> = classes
            .filter(|(_, count)| count.scored)
            .map(|(class, _)| class.as_str())
            .collect();
        let nobodys = match self.messages.nobodys {
            0 => String::new(),
            count => format!(
                ", {} of them nobody's and so each on its own",
                grouped(count)
            ),
        };
        format!(
            "{} of class {}{nobodys}",
            counted(self.messages.scored, "message"),
            harmless(&scored.join(", "))
        )
    }

    /// Whatever is not in the scores, so that nothing is passed over in silence.
    fn left_out(&self) -> impl Iterator<Item = String> + use<> {
        let messages = &self.messages;
        let mut reasons = Vec::new();
        let not_found = |is_scored: bool| -> u64 {
            let classes = messages.classes.values();
            let chosen = classes.filter(|count| count.scored == is_scored);
            chosen.map(|count| count.not_found).sum()
        };
        let others = messages.classes.values().filter(|count| !count.scored);
        let others: u64 = others.map(|count| count.messages).sum();
        for (count, one, why) in [
            (others, "message", "of other classes"),
            (
                not_found(true),
                "message",
                "of the scored classes are not in the export: rejected, or never sent",
            ),
            (
                not_found(false),
                "message",
                "of other classes are not in the export",
            ),
            (messages.unknown, "message", "are not in the truth"),
            (
                messages.repeated,
                "message id",
                "came again with other identifiers; the first one counts",
            ),
            (
                messages.owners_unusable,
                "value",
                "of the owners file are placeholders or malformed",
            ),
            (
                messages.profiles_pending,
                "profile",
                "with work on identity still pending: score again later",
            ),
        ] {
            if count > 0 {
                reasons.push(format!("{} {why}", counted(count, one)));
            }
        }
        reasons.into_iter()
    }
}

fn order_text(report: &OrdersReport) -> String {
    let mut text = format!(
        "agreement {:.4} over {} of {}, {:.4} with the live partition (seed {})",
        report.agreement,
        counted(report.orders.into(), "random order"),
        counted(report.states, "state"),
        report.agreement_with_live,
        report.seed
    );
    if report.live_pending {
        text.push_str("; work on the live partition is pending, so it need not agree yet");
    }
    if let Some(first) = report.differing.first() {
        text.push_str(&format!("; order {first} is the first that differs"));
    }
    text
}

impl MixedProfile {
    fn line(&self) -> String {
        let persons = self.persons.iter();
        let persons: Vec<String> = persons
            .map(|(person, count)| format!("{} {}", harmless(person), grouped(*count)))
            .collect();
        format!("{:<10}{}: {}\n", "", self.profile_id, persons.join(", "))
    }
}
