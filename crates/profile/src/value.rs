//! Values of traits, properties and context.
//!
//! - An own type instead of JSON's: the stored encoding is not self-describing, and numbers are exact. A number that is no
//!   64-bit integer is kept as its canonical decimal text.
//! - A value has a bounded depth and size, so that reading one back never runs out of stack.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::{Error, decimal::Decimal};

/// A JSON value with exact numbers.
///
/// The order is structural; it is there to break ties between values of equal time, and means nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Nothing; as a trait, "no longer known".
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number, in canonical decimal text.
    Decimal(String),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The deepest nesting; a scalar has depth 1.
    pub const DEPTH_MAX: usize = 16;
    /// The largest value, by [`Value::size_bytes`].
    pub const BYTES_MAX: usize = 32_768;

    /// Takes a JSON value, if it is within the bounds.
    pub fn from_json(json: serde_json::Value) -> Result<Self, Error> {
        let value = from_json_at(json, Self::DEPTH_MAX)?;
        if value.size_bytes() > Self::BYTES_MAX {
            return Err(Error::TooLong {
                what: "a value".into(),
                bytes_max: Self::BYTES_MAX,
            });
        }
        Ok(value)
    }

    /// Takes the members of a JSON object; `null` counts as an empty one. `what` is the field, for the error.
    pub fn map_from_json(
        what: &str,
        json: serde_json::Value,
    ) -> Result<BTreeMap<String, Value>, Error> {
        match Self::from_json(json)? {
            Value::Map(members) => Ok(members),
            Value::Null => Ok(BTreeMap::new()),
            _ => Err(Error::Invalid {
                what: what.into(),
                expected: "a JSON object",
            }),
        }
    }

    /// The JSON value.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Bool(bool) => serde_json::Value::Bool(*bool),
            Value::Int(integer) => serde_json::Value::from(*integer),
            // Canonical text is a JSON number; were it not, its text says more than an error.
            Value::Decimal(text) => serde_json::from_str(text).map_or_else(
                |_| serde_json::Value::from(text.as_str()),
                serde_json::Value::Number,
            ),
            Value::String(text) => serde_json::Value::from(text.as_str()),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect(),
        }
    }

    /// About how many bytes it takes: those of its texts and names, and one more per value.
    pub fn size_bytes(&self) -> usize {
        1 + match self {
            Value::Null | Value::Bool(_) => 0,
            Value::Int(_) => 8,
            Value::Decimal(text) | Value::String(text) => text.len(),
            Value::List(items) => items.iter().map(Value::size_bytes).sum(),
            Value::Map(members) => map_size_bytes(members),
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member of a map.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Map(members) => members.get(name),
            _ => None,
        }
    }
}

/// A value that serializes as the JSON that it came from, without a JSON value in between. (Its own serialization is that of
/// stored rows.)
#[derive(Debug, Clone, Copy)]
pub struct AsJson<'a>(pub &'a Value);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(bool) => serializer.serialize_bool(*bool),
            Value::Int(integer) => serializer.serialize_i64(*integer),
            Value::String(text) => serializer.serialize_str(text),
            // Rare, and the rules of its text are those of `to_json`.
            Value::Decimal(_) => self.0.to_json().serialize(serializer),
            Value::List(items) => serializer.collect_seq(items.iter().map(AsJson)),
            Value::Map(members) => {
                let members = members.iter();
                serializer.collect_map(members.map(|(name, value)| (name, AsJson(value))))
            }
        }
    }
}

/// The size of the members of a map, as [`Value::size_bytes`] counts.
pub(crate) fn map_size_bytes(members: &BTreeMap<String, Value>) -> usize {
    members
        .iter()
        .map(|(name, value)| name.len() + value.size_bytes())
        .sum()
}

fn from_json_at(json: serde_json::Value, depth_left: usize) -> Result<Value, Error> {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        return Err(Error::TooDeep {
            depth_max: Value::DEPTH_MAX,
        });
    };
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(bool) => Value::Bool(bool),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => {
                let text = number.to_string();
                Decimal::parse(&text).map_or(Value::Decimal(text), |decimal| decimal.to_value())
            }
        },
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                list.push(from_json_at(item, depth_left)?);
            }
            Value::List(list)
        }
        serde_json::Value::Object(members) => {
            let mut map = BTreeMap::new();
            for (name, member) in members {
                map.insert(name, from_json_at(member, depth_left)?);
            }
            Value::Map(map)
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn nested(depth: usize) -> serde_json::Value {
        (1..depth).fold(serde_json::Value::Null, |inner, _| {
            serde_json::json!([inner])
        })
    }

    #[test]
    fn json_survives() {
        let text = r#"{"a":[1,-2.5,true,null,"x",18446744073709551615,1e+300],"b":{"c":{}}}"#;
        let value = Value::from_json(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(value.to_json().to_string(), text);
    }

    #[test]
    fn equal_numbers_are_equal() {
        let read = |text| Value::from_json(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(read("5.0"), Value::Int(5));
        assert_eq!(read("-0.0"), Value::Int(0));
        assert_eq!(read("49.90"), read("4.99e1"));
    }

    #[test]
    fn depth_is_bounded() {
        assert!(Value::from_json(nested(Value::DEPTH_MAX)).is_ok());
        let error = Value::from_json(nested(Value::DEPTH_MAX + 1)).unwrap_err();
        assert_eq!(
            error,
            Error::TooDeep {
                depth_max: Value::DEPTH_MAX
            }
        );
    }

    #[test]
    fn size_is_bounded() {
        let text = |bytes| serde_json::Value::from("x".repeat(bytes));
        assert!(Value::from_json(text(Value::BYTES_MAX - 1)).is_ok());
        assert!(matches!(
            Value::from_json(text(Value::BYTES_MAX)),
            Err(Error::TooLong {
                bytes_max: Value::BYTES_MAX,
                ..
            })
        ));
    }

    #[test]
    fn only_objects_have_members() {
        assert_eq!(
            Value::map_from_json("traits", serde_json::Value::Null),
            Ok(BTreeMap::new())
        );
        let error = Value::map_from_json("traits", serde_json::json!([1])).unwrap_err();
        assert_eq!(error.to_string(), "traits is not a JSON object");
    }
}
