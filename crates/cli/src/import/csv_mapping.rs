//! From columns of CSV to members of a message.
//!
//! - A target is a member of the tracking API (`userId`, `event`, `timestamp`, …), a path below `traits`, `properties` or
//!   `context`, or `id.<namespace>` for an identifier of any namespace. `:number`, `:bool` and `:json` give its type.
//! - A column that is named like a target is taken as it; every other column needs a mapping, or `-` to leave it out: a
//!   column must not be lost because its name was misspelt.
//! - An empty cell is absent.

use std::str::FromStr;

use anyhow::bail;
use csv::StringRecord;
use serde_json::{Map, Value, json};

use crate::exit::WrongUse;

const MEMBERS: [&str; 10] = [
    "type",
    "event",
    "name",
    "messageId",
    "timestamp",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "channel",
];
const ALLOWED: &str = "type, event, name, messageId, timestamp, userId, anonymousId, previousId, groupId, channel, \
                       traits.<name>, properties.<name>, context.<name>, id.<namespace>, each with :number, :bool or :json \
                       where it is not text, or - to leave the column out";

/// `left=right` of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    left: String,
    right: String,
}

impl Assignment {
    /// `COLUMN=TARGET`, split at the last `=`: a column's name may hold one, a target does not.
    pub(super) fn of_column(text: &str) -> Result<Self, String> {
        Self::of(text.rsplit_once('='), text)
    }

    /// `TARGET=VALUE`, split at the first `=`.
    pub(super) fn of_constant(text: &str) -> Result<Self, String> {
        Self::of(text.split_once('='), text)
    }

    fn of(parts: Option<(&str, &str)>, text: &str) -> Result<Self, String> {
        let (left, right) = parts.ok_or_else(|| format!("`{text}` lacks the ="))?;
        Ok(Self {
            left: left.trim().to_owned(),
            right: right.trim().to_owned(),
        })
    }
}

/// What the flags say.
pub(super) struct Mapping<'a> {
    map: &'a [Assignment],
    constants: &'a [Assignment],
}

/// What to do with each column of one file.
#[derive(Debug)]
pub(crate) struct Columns {
    targets: Vec<Option<Target>>,
    constants: Vec<(Target, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    place: Place,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A member, or a path below one.
    Path(Vec<String>),
    /// An identifier of this namespace.
    Identifier(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Bool,
    Json,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, kind) = match text.rsplit_once(':') {
            None => (text, Kind::Text),
            Some((path, "text")) => (path, Kind::Text),
            Some((path, "number")) => (path, Kind::Number),
            Some((path, "bool")) => (path, Kind::Bool),
            Some((path, "json")) => (path, Kind::Json),
            Some((_, other)) => {
                return Err(format!(
                    "`{other}` is no type; there are :text, :number, :bool, :json"
                ));
            }
        };
        let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
        let known = match parts.as_slice() {
            [member] => MEMBERS.contains(&member.as_str()),
            [root, rest @ ..] => {
                matches!(root.as_str(), "traits" | "properties" | "context" | "id")
                    && rest.iter().all(|part| !part.is_empty())
            }
            [] => false,
        };
        if !known {
            return Err(format!("`{path}` is no target; allowed are {ALLOWED}"));
        }
        let place = match parts.as_slice() {
            [root, namespace] if root == "id" => Place::Identifier(namespace.clone()),
            [root, ..] if root == "id" => return Err(format!("`{path}`: a namespace has no dots")),
            [member] if member == "channel" => {
                Place::Path(vec!["context".to_owned(), member.clone()])
            }
            _ => Place::Path(parts),
        };
        Ok(Self { place, kind })
    }
}

impl<'a> Mapping<'a> {
    pub(super) fn new(map: &'a [Assignment], constants: &'a [Assignment]) -> Self {
        Self { map, constants }
    }

    /// Holds the mapping against a header.
    pub(super) fn columns(&self, header: &StringRecord) -> anyhow::Result<Columns> {
        for assignment in self.map {
            if !header.iter().any(|column| column.trim() == assignment.left) {
                let columns: Vec<&str> = header.iter().collect();
                bail!(WrongUse(format!(
                    "--map: there is no column `{}`; the file has {}",
                    assignment.left,
                    columns.join(", ")
                )));
            }
        }
        let targets = header.iter().map(|column| self.target(column.trim()));
        let constants = self.constants.iter().map(|assignment| {
            let target = parse(&format!("--constant {}", assignment.left), &assignment.left)?;
            Ok((target, assignment.right.clone()))
        });
        Ok(Columns {
            targets: targets.collect::<anyhow::Result<_>>()?,
            constants: constants.collect::<anyhow::Result<_>>()?,
        })
    }

    fn target(&self, column: &str) -> anyhow::Result<Option<Target>> {
        let mapped = self.map.iter().find(|assignment| assignment.left == column);
        match mapped {
            Some(assignment) if assignment.right == "-" => Ok(None),
            Some(assignment) => Ok(Some(parse(&format!("--map {column}"), &assignment.right)?)),
            None => Ok(Some(parse(
                &format!("column `{column}` has no --map"),
                column,
            )?)),
        }
    }
}

fn parse(origin: &str, text: &str) -> anyhow::Result<Target> {
    text.parse()
        .map_err(|message| WrongUse(format!("{origin}: {message}")).into())
}

impl Columns {
    /// The message of a row, or what is wrong with a cell.
    pub(super) fn message(&self, record: &StringRecord) -> Result<Map<String, Value>, String> {
        let mut message = Map::new();
        let constants = self
            .constants
            .iter()
            .map(|(target, text)| (Some(target), text.as_str()));
        let cells = self.targets.iter().map(Option::as_ref).zip(record.iter());
        for (target, text) in constants.chain(cells) {
            let Some(target) = target.filter(|_| !text.trim().is_empty()) else {
                continue;
            };
            target.put(&mut message, text.trim())?;
        }
        if !message.contains_key("type") {
            let kind = if message.contains_key("event") {
                "track"
            } else {
                "identify"
            };
            message.insert("type".to_owned(), kind.into());
        }
        Ok(message)
    }
}

impl Target {
    fn put(&self, message: &mut Map<String, Value>, text: &str) -> Result<(), String> {
        match &self.place {
            Place::Identifier(namespace) => {
                let context = object(message, "context")?;
                let ids = context
                    .entry("externalIds")
                    .or_insert_with(|| Value::Array(Vec::new()));
                let ids = ids
                    .as_array_mut()
                    .ok_or("context.externalIds is not a list")?;
                ids.push(json!({ "id": text, "type": namespace, "collection": "users", "encoding": "none" }));
            }
            Place::Path(path) => {
                let Some((member, parents)) = path.split_last() else {
                    return Ok(());
                };
                let mut inner = message;
                for parent in parents {
                    inner = object(inner, parent)?;
                }
                inner.insert(member.clone(), self.kind.value(text)?);
            }
        }
        Ok(())
    }
}

fn object<'a>(
    map: &'a mut Map<String, Value>,
    key: &str,
) -> Result<&'a mut Map<String, Value>, String> {
    map.entry(key)
        .or_insert_with(|| Value::Object(Map::new()))
        .as_object_mut()
        .ok_or_else(|| format!("`{key}` is a value and cannot hold members"))
}

impl Kind {
    fn value(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text => Ok(text.into()),
            Self::Json => {
                serde_json::from_str(text).map_err(|error| format!("`{text}` is not JSON: {error}"))
            }
            Self::Number => match serde_json::from_str(text) {
                Ok(Value::Number(number)) => Ok(Value::Number(number)),
                _ => Err(format!("`{text}` is not a number (as in 1234.5)")),
            },
            Self::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "y" | "1" => Ok(true.into()),
                "false" | "no" | "n" | "0" => Ok(false.into()),
                _ => Err(format!("`{text}` is none of true, false, yes, no, 1, 0")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn columns(header: &[&str], map: &[&str], constants: &[&str]) -> Result<Columns, String> {
        let map: Vec<Assignment> = map
            .iter()
            .map(|flag| Assignment::of_column(flag).unwrap())
            .collect();
        let constants: Vec<Assignment> = constants
            .iter()
            .map(|flag| Assignment::of_constant(flag).unwrap())
            .collect();
        Mapping::new(&map, &constants)
            .columns(&StringRecord::from(header.to_vec()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn rows_become_messages() {
        let columns = columns(
            &["No", "Mail", "Total", "timestamp", "Card", "Extra", "Vip"],
            &[
                "No=userId",
                "Mail=traits.email",
                "Total=properties.revenue:number",
                "Card=id.loyalty_id",
                "Extra=-",
                "Vip=traits.status.vip:bool",
            ],
            &[
                "event=Order Completed",
                "channel=pos",
                "properties.currency=EUR",
            ],
        )
        .unwrap();
        let row = [
            "42",
            "a@example.com",
            "12.50",
            "2025-01-01T00:00:00Z",
            "",
            "x",
            "yes",
        ];
        let message = columns.message(&StringRecord::from(row.to_vec())).unwrap();
        let expected = json!({
            "type": "track", "event": "Order Completed", "userId": "42", "timestamp": "2025-01-01T00:00:00Z",
            "traits": { "email": "a@example.com", "status": { "vip": true } },
            "properties": { "currency": "EUR", "revenue": 12.5 },
            "context": { "channel": "pos" },
        });
        assert_eq!(Value::Object(message), expected);
    }

    #[test]
    fn equal_signs_belong_to_columns_and_values() {
        let columns = columns(&["a=b"], &["a=b=userId"], &["properties.url=/?q=1"]).unwrap();
        let message = columns.message(&StringRecord::from(vec!["7"])).unwrap();
        assert_eq!(message["userId"], "7");
        assert_eq!(message["properties"]["url"], "/?q=1");
        assert!(Assignment::of_column("a").is_err());
    }

    #[test]
    fn identifiers_of_any_namespace_are_external_ids() {
        let columns = columns(&["id.loyalty_id", "id.crm_id"], &[], &[]).unwrap();
        let message = columns
            .message(&StringRecord::from(vec!["1", "2"]))
            .unwrap();
        let ids = message["context"]["externalIds"].as_array().unwrap();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[1]["type"], "crm_id");
        assert_eq!(message["type"], "identify");
    }

    #[test]
    fn a_column_is_never_lost_in_silence() {
        let refused = |header: &[&str], map: &[&str], expected: &str| {
            let message = columns(header, map, &[]).unwrap_err();
            assert!(message.contains(expected), "{message}");
        };
        refused(
            &["Mail"],
            &[],
            "column `Mail` has no --map: `Mail` is no target; allowed are type, event",
        );
        refused(
            &["Mail"],
            &["Mial=traits.email"],
            "there is no column `Mial`; the file has Mail",
        );
        refused(
            &["Mail"],
            &["Mail=email"],
            "--map Mail: `email` is no target",
        );
        refused(&["Mail"], &["Mail=traits.email:date"], "`date` is no type");
        refused(&["Mail"], &["Mail=traits."], "`traits.` is no target");
    }

    #[test]
    fn a_bad_cell_says_why() {
        let columns = columns(
            &["a", "b"],
            &["a=properties.a:number", "b=properties.b:bool"],
            &[],
        )
        .unwrap();
        let message = |row: [&str; 2]| columns.message(&StringRecord::from(row.to_vec()));
        assert!(
            message(["1,5", ""])
                .unwrap_err()
                .contains("`1,5` is not a number")
        );
        assert!(
            message(["", "maybe"])
                .unwrap_err()
                .contains("`maybe` is none of true")
        );
        assert_eq!(
            message(["", ""]).unwrap(),
            *json!({ "type": "identify" }).as_object().unwrap()
        );
    }
}
