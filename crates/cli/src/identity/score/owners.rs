//! Which identifiers have exactly one owner.
//!
//! - Values are brought to matching keys by the rules that a node uses, so that the spelling in the file does not matter: a
//!   phone number without a country is read in a region, a mailbox loses its plus tag.
//! - Rows with one matching key are one identifier; its owners are those of all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use acquaint_profile::{Identifier, MatchingKey, Namespaces, Region};

use super::numbering::Numbering;
use super::table::Table;

/// Names that others give our namespaces.
const OTHER_NAMES: [(&str, &str); 2] = [("idfa", "advertising_id"), ("gaid", "advertising_id")];

/// Stands between two owners in a cell.
const BETWEEN_OWNERS: char = ';';

/// Identifiers with exactly one owner, numbered.
#[derive(Debug, Default)]
pub(super) struct Owners {
    numbers: BTreeMap<MatchingKey, u32>,
    /// By number.
    owners: Vec<u32>,
    /// Rows whose value no message could carry: a placeholder, a malformed address.
    pub(super) unusable: u64,
}

impl Owners {
    /// Reads `ns`, `value` and `owners`.
    pub(super) fn open(path: &Path, region: &Region) -> anyhow::Result<Self> {
        Self::read(Table::open(path)?, region)
    }

    fn read(mut table: Table, region: &Region) -> anyhow::Result<Self> {
        let namespace_column = table.column("ns")?;
        let value_column = table.column("value")?;
        let owners_column = table.column("owners")?;
        let namespaces = Namespaces::builtin();
        let mut persons = Numbering::default();
        let mut by_key: BTreeMap<MatchingKey, BTreeSet<u32>> = BTreeMap::new();
        let mut unusable = 0;
        while let Some(row) = table.row()? {
            let given = row.filled(namespace_column)?;
            let ours = OTHER_NAMES.iter().find(|(other, _)| *other == given);
            let name = ours.map_or(given, |(_, ours)| ours);
            let Some((_, spec)) = namespaces.get(name) else {
                let known: Vec<&str> = namespaces.iter().map(|spec| spec.name.as_str()).collect();
                let why = format!("there is no namespace `{given}`, only {}", known.join(", "));
                return Err(row.wrong(namespace_column, why).into());
            };
            let Ok(identifier) = Identifier::parse(spec, row.filled(value_column)?) else {
                unusable += 1;
                continue;
            };
            let owners = row.cell(owners_column).split(BETWEEN_OWNERS).map(str::trim);
            let owners = owners
                .filter(|owner| !owner.is_empty())
                .map(|owner| persons.number(owner));
            by_key
                .entry(identifier.matching_key(spec, region))
                .or_default()
                .extend(owners);
        }
        let mut found = Self {
            unusable,
            ..Self::default()
        };
        for (key, owners) in by_key {
            if let [owner] = owners.into_iter().collect::<Vec<_>>()[..] {
                let number = u32::try_from(found.owners.len())?;
                found.numbers.insert(key, number);
                found.owners.push(owner);
            }
        }
        Ok(found)
    }

    /// The number of an identifier that has one owner.
    pub(super) fn number(&self, key: &MatchingKey) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    /// The owner of a numbered identifier.
    pub(super) fn owner(&self, number: u32) -> Option<u32> {
        self.owners.get(number as usize).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::table::tests::table;
    use super::*;

    /// The owners in a text.
    pub(in super::super) fn owners(text: &str) -> Owners {
        Owners::read(table(text.as_bytes()), &Region::default()).unwrap()
    }

    /// The matching key of an identifier as a message gives it.
    fn key(namespace: &str, value: &str) -> MatchingKey {
        let namespaces = Namespaces::builtin();
        let (_, spec) = namespaces.get(namespace).unwrap();
        let identifier = Identifier::parse(spec, value).unwrap();
        identifier.matching_key(spec, &Region::default())
    }

    #[test]
    fn values_meet_whatever_their_spelling() {
        let owners = owners(
            "ns,value,owners,cls\nphone,2125550123,p1,personal\nemail,annagilworth98@gmail.com,p1,personal\n\
             idfa,FF469412-FDE8-46AF-A654-94FFAB788720,p2,personal\n",
        );
        assert_eq!(owners.len(), 3);
        for (namespace, value) in [
            ("phone", "+1 (212) 555-0123"),
            ("email", "Anna.Gilworth98+shop@googlemail.com"),
            ("advertising_id", "ff469412-fde8-46af-a654-94ffab788720"),
        ] {
            assert!(owners.number(&key(namespace, value)).is_some(), "{value}");
        }
    }

    #[test]
    fn one_owner_is_neither_none_nor_two() {
        let owners = owners(
            "ns,value,owners\nuser_id,a,p1\nuser_id,b,p1;p2\nuser_id,c,\nemail,d@gmail.com,p1\nemail,d+x@gmail.com,p2\n\
             device_id,00000000-0000-0000-0000-000000000000,p1\n",
        );
        assert_eq!((owners.len(), owners.unusable), (1, 1));
        let number = owners.number(&key("user_id", "a")).unwrap();
        assert!(owners.owner(number).is_some());
        assert_eq!(owners.number(&key("email", "d@gmail.com")), None);
    }

    #[test]
    fn an_unknown_namespace_is_told_with_its_place() {
        let table = table(b"ns,value,owners\nuser_id,a,p1\nlocker,7,p1\n");
        let error = Owners::read(table, &Region::default()).unwrap_err();
        let expected = "some.csv, line 3, column 1 (`ns`): there is no namespace `locker`, only user_id, email";
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
