//! What other rules would do, as it is printed: text for people, JSON for programs.

use std::fmt::Write;

use acquaint_identity::RuleChange;
use serde::Serialize;

use super::whose::Whose;
use crate::output::{counted, grouped, harmless};

/// Everything that the command found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// What the new rules change of the live ones.
    pub(super) rules: Vec<RuleChange>,
    pub(super) agreement: Agreement,
    pub(super) before: SideReport,
    pub(super) after: SideReport,
    pub(super) merges: MergesReport,
    pub(super) splits: SplitsReport,
    pub(super) moves: Vec<MovesReport>,
    pub(super) examples: Vec<Example>,
}

/// Whether the partition that was computed under the live rules is the node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Agreement {
    /// Byte for byte.
    Same,
    /// Work waits on the node, so that it need not be.
    Pending,
    /// It is not, and nothing waits.
    Differs,
}

/// A partition in short.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SideReport {
    /// Profiles that hold a value that names a person.
    pub(super) profiles: u64,
    pub(super) identifiers: u64,
    pub(super) things_somebodys: u64,
    pub(super) things_by_day: u64,
    pub(super) things_nobodys: u64,
    pub(super) things_alone: u64,
    pub(super) largest_by_people: Vec<LargestProfile>,
    pub(super) largest_by_identifiers: Vec<LargestProfile>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LargestProfile {
    /// One of its identifiers, the strongest.
    pub(super) identifier: String,
    /// Values that name people.
    pub(super) people: u64,
    /// All identifiers, its things' among them.
    pub(super) identifiers: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MergesReport {
    /// New profiles that are made of several old ones.
    pub(super) profiles: u64,
    /// Those old ones.
    pub(super) of: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SplitsReport {
    /// Old profiles that are divided.
    pub(super) profiles: u64,
    /// The new ones that their people are in.
    pub(super) into: u64,
}

/// Things whose owner is another one, or none.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MovesReport {
    pub(super) before: Whose,
    pub(super) after: Whose,
    pub(super) identifiers: u64,
}

/// Something that would change.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "change",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Example {
    /// Several profiles become one.
    Merge {
        /// The new one, by its strongest identifier.
        profile: String,
        of: Vec<PartExample>,
        /// Of the links between the first two of them, the weakest.
        weakest: Option<Link>,
    },
    /// A profile becomes several.
    Split {
        /// The old one, by its strongest identifier.
        profile: String,
        into: Vec<PartExample>,
        /// The two that held the first two of them together.
        between: Option<[String; 2]>,
        /// What keeps these two apart under the new rules.
        refused_by: Option<String>,
    },
    /// A thing changes its owner.
    Move {
        identifier: String,
        before: Whose,
        owners_before: Vec<String>,
        after: Whose,
        owners_after: Vec<String>,
        /// What keeps it from its first old owner under the new rules, where no other has it now.
        refused_by: Option<String>,
    },
}

/// A part of a profile.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartExample {
    /// Some of the values that name people, the strongest first.
    pub(super) identifiers: Vec<String>,
    /// How many there are.
    pub(super) people: u64,
}

/// An accepted link.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    pub(super) a: String,
    pub(super) b: String,
    pub(super) rule: String,
    pub(super) days: u64,
}

impl Whose {
    fn words(self) -> &'static str {
        match self {
            Self::Somebodys => "somebody's",
            Self::ByDay => "different people's, by day",
            Self::Nobodys => "nobody's",
            Self::Alone => "seen with nobody",
        }
    }
}

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.rules_text(&mut text);
        match self.agreement {
            Agreement::Same => {}
            Agreement::Pending => text.push_str(
                "\nWork is pending on the node: \"before\" is what its evidence comes to, not what it answers just now.\n",
            ),
            Agreement::Differs => text.push_str(
                "\nWhat this program makes of the node's evidence is not what the node has: are both of the same version?\n",
            ),
        }
        self.numbers_text(&mut text);
        self.changes_text(&mut text);
        if !self.examples.is_empty() {
            text.push_str("\nExamples\n");
        }
        for example in &self.examples {
            example.text(&mut text);
        }
        text.push_str("\nNothing was changed.\n");
        text
    }

    fn rules_text(&self, text: &mut String) {
        if self.rules.is_empty() {
            text.push_str("The new rules are the live ones.\n");
            return;
        }
        let differences = counted(self.rules.len() as u64, "difference");
        line(text, format_args!("Rules, live → new: {differences}"));
        for change in &self.rules {
            line(text, format_args!("  {}", harmless(&change.to_string())));
        }
    }

    fn numbers_text(&self, text: &mut String) {
        line(
            text,
            format_args!("\n{:<34}{:>14}{:>14}", "", "before", "after"),
        );
        let mut row = |name: &str, before: u64, after: u64| {
            let (before, after) = (grouped(before), grouped(after));
            line(text, format_args!("{name:<34}{before:>14}{after:>14}"));
        };
        let (before, after) = (&self.before, &self.after);
        row("profiles", before.profiles, after.profiles);
        row("identifiers", before.identifiers, after.identifiers);
        row(
            "things: somebody's",
            before.things_somebodys,
            after.things_somebodys,
        );
        row(
            "  different people's, by day",
            before.things_by_day,
            after.things_by_day,
        );
        row("  nobody's", before.things_nobodys, after.things_nobodys);
        row(
            "  seen with nobody",
            before.things_alone,
            after.things_alone,
        );
        largest(
            text,
            "most people's identifiers",
            |side| &side.largest_by_people,
            self,
        );
        largest(
            text,
            "most identifiers",
            |side| &side.largest_by_identifiers,
            self,
        );
    }

    fn changes_text(&self, text: &mut String) {
        text.push('\n');
        let (merges, splits) = (&self.merges, &self.splits);
        line(
            text,
            format_args!(
                "merges: {} made of {}",
                counted(merges.profiles, "new profile"),
                counted(merges.of, "old one")
            ),
        );
        line(
            text,
            format_args!(
                "splits: {} divided into {}",
                counted(splits.profiles, "old profile"),
                counted(splits.into, "new one")
            ),
        );
        let moved = self.moves.iter().map(|moves| moves.identifiers).sum();
        line(text, format_args!("things that move: {}", grouped(moved)));
        for moves in &self.moves {
            let after = match (moves.before, moves.after) {
                (Whose::Somebodys, Whose::Somebodys) => "somebody else's",
                (Whose::ByDay, Whose::ByDay) => "other people's, by day",
                (_, after) => after.words(),
            };
            let (count, before) = (grouped(moves.identifiers), moves.before.words());
            line(text, format_args!("  {count:>10}  {before} → {after}"));
        }
    }
}

fn largest(
    text: &mut String,
    what: &str,
    of: impl Fn(&SideReport) -> &Vec<LargestProfile>,
    report: &Report,
) {
    line(text, format_args!("\nlargest profiles by {what}"));
    for (when, side) in [("before", &report.before), ("after", &report.after)] {
        for profile in of(side) {
            line(
                text,
                format_args!(
                    "  {when:<8}{:>7} of people{:>9} in all   {}",
                    grouped(profile.people),
                    grouped(profile.identifiers),
                    harmless(&profile.identifier)
                ),
            );
        }
    }
}

impl Example {
    fn text(&self, text: &mut String) {
        match self {
            Self::Merge {
                profile,
                of,
                weakest,
            } => {
                line(text, format_args!("  merge → {}", harmless(profile)));
                parts(text, of);
                if let Some(link) = weakest {
                    let (a, b) = (harmless(&link.a), harmless(&link.b));
                    let days = counted(link.days, "day");
                    line(
                        text,
                        format_args!("      weakest link: {a} = {b} ({}, {days})", link.rule),
                    );
                }
            }
            Self::Split {
                profile,
                into,
                between,
                refused_by,
            } => {
                line(text, format_args!("  split of {}", harmless(profile)));
                parts(text, into);
                if let (Some([a, b]), Some(why)) = (between, refused_by) {
                    let (a, b, why) = (harmless(a), harmless(b), harmless(why));
                    line(text, format_args!("      {a} ≠ {b}: {why}"));
                }
            }
            Self::Move {
                identifier,
                before,
                owners_before,
                after,
                owners_after,
                refused_by,
            } => {
                let whose = |whose: Whose, owners: &[String]| match owners {
                    [] => whose.words().to_owned(),
                    owners => format!("{} ({})", whose.words(), harmless(&owners.join(", "))),
                };
                line(text, format_args!("  move of {}", harmless(identifier)));
                let (before, after) = (whose(*before, owners_before), whose(*after, owners_after));
                line(text, format_args!("      {before} → {after}"));
                if let Some(why) = refused_by {
                    line(text, format_args!("      {}", harmless(why)));
                }
            }
        }
    }
}

fn parts(text: &mut String, parts: &[PartExample]) {
    for part in parts {
        let named = harmless(&part.identifiers.join(", "));
        let more = part.people - part.identifiers.len() as u64;
        let more = match more {
            0 => String::new(),
            more => format!(" and {} more", grouped(more)),
        };
        line(text, format_args!("    - {named}{more}"));
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // A string can always be written to.
    let _ = writeln!(text, "{line}");
}
