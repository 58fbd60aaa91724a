//! The truth: whose each message really is.

use std::collections::BTreeMap;
use std::path::Path;

use super::numbering::Numbering;
use super::table::Table;
use crate::exit::WrongUse;

/// The class that is scored when none is named.
const CLASS: &str = "ok";

/// Messages and their persons.
#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) messages: BTreeMap<String, TrueMessage>,
    pub(super) persons: Numbering,
    pub(super) classes: Numbering,
}

/// What is true of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TrueMessage {
    /// None when nobody can know: a till's dummy, a bot.
    pub(super) person: Option<u32>,
    pub(super) class: u32,
    pub(super) is_scored: bool,
}

impl Truth {
    /// Reads `messageId`, `person_id` and, if it is there, `cls`.
    pub(super) fn open(path: &Path, classes: &[String]) -> anyhow::Result<Self> {
        Self::read(Table::open(path)?, classes)
    }

    fn read(mut table: Table, classes: &[String]) -> anyhow::Result<Self> {
        let message_column = table.column("messageId")?;
        let person_column = table.column("person_id")?;
        let class_column = table.find("cls");
        let mut truth = Self::default();
        while let Some(row) = table.row()? {
            let id = row.filled(message_column)?;
            let class = class_column.map_or(CLASS, |column| row.cell(column));
            let is_scored = match classes {
                [] => class == CLASS,
                chosen => chosen.iter().any(|chosen| chosen == class),
            };
            let person = match is_scored {
                true => row.filled(person_column)?,
                false => row.cell(person_column),
            };
            let message = TrueMessage {
                person: (!person.is_empty()).then(|| truth.persons.number(person)),
                class: truth.classes.number(class),
                is_scored,
            };
            let other = truth.messages.insert(id.to_owned(), message);
            if other.is_some_and(|other| other != message) {
                return Err(row
                    .wrong(message_column, "it has another person or class further up")
                    .into());
            }
        }
        truth.check_classes(classes)?;
        Ok(truth)
    }

    /// A class that is misspelt must not look like a perfect score over nothing.
    fn check_classes(&self, classes: &[String]) -> Result<(), WrongUse> {
        let known: Vec<&str> = (0..self.classes.len())
            .filter_map(|class| self.classes.name(class))
            .collect();
        let asked = match classes {
            [] => vec![CLASS],
            chosen => chosen.iter().map(String::as_str).collect(),
        };
        for class in asked {
            if !known.contains(&class) {
                let known = known.join(", ");
                return Err(WrongUse(format!(
                    "the truth has no message of class `{class}`; it has {known}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::table::tests::table;
    use super::*;

    /// The truth in a text.
    pub(in super::super) fn truth(text: &str) -> Truth {
        Truth::read(table(text.as_bytes()), &[]).unwrap()
    }

    fn read(text: &str, classes: &[&str]) -> Result<Truth, String> {
        let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
        Truth::read(table(text.as_bytes()), &classes).map_err(|error| error.to_string())
    }

    const TRUTH: &str = "messageId,person_id,cls\nm1,p1,ok\nm2,p1,bot\nm1,p1,ok\n";

    #[test]
    fn a_class_is_scored_and_the_others_are_known() {
        let truth = read(TRUTH, &[]).unwrap();
        assert_eq!(truth.messages.len(), 2);
        assert!(truth.messages["m1"].is_scored);
        assert!(!truth.messages["m2"].is_scored);
        assert!(read(TRUTH, &["ok", "bot"]).unwrap().messages["m2"].is_scored);
        assert_eq!(
            read(TRUTH, &["good"]).unwrap_err(),
            "the truth has no message of class `good`; it has ok, bot"
        );
    }

    #[test]
    fn without_classes_every_message_counts() {
        let truth = read("person_id,messageId\np1,m1\n", &[]).unwrap();
        assert!(truth.messages["m1"].is_scored);
    }

    #[test]
    fn a_message_has_one_person() {
        let text = "messageId,person_id\nm1,p1\nm1,p2\n";
        let expected =
            "some.csv, line 3, column 1 (`messageId`): it has another person or class further up";
        assert_eq!(read(text, &[]).unwrap_err(), expected);
        let text = "messageId,person_id\nm1,\n";
        let expected = "some.csv, line 2, column 2 (`person_id`): it is empty";
        assert_eq!(read(text, &[]).unwrap_err(), expected);
        let text = "messageId,person_id,cls\nm1,,bot\nm2,p1,ok\n";
        assert_eq!(read(text, &[]).unwrap().messages["m1"].person, None);
    }
}
