//! Values of traits, properties and context.
//!
//! - An own type instead of JSON's: the stored encoding is not self-describing, and numbers are exact. A number that is no
//!   64-bit integer is kept as its canonical decimal text.
//! - A value has a bounded depth and size, so that reading one back never runs out of stack.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Error;

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
        todo!("{json}")
    }

    /// Takes the members of a JSON object; `null` counts as an empty one.
    pub fn map_from_json(
        what: &str,
        json: serde_json::Value,
    ) -> Result<BTreeMap<String, Value>, Error> {
        todo!("{what} {json}")
    }

    /// The JSON value.
    pub fn to_json(&self) -> serde_json::Value {
        todo!()
    }

    /// About how many bytes it takes: those of its texts and names, and one more per value.
    pub fn size_bytes(&self) -> usize {
        todo!()
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
