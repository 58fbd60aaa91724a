//! What one message says about identity, beside whom it is about.
//!
//! - It is settled when the message is taken in, and kept beside it: evidence that is derived again does not ask what a
//!   later program would read from the message.
//! - Evidence is the sum of the testimonies of its messages, in any order.

use serde::{Deserialize, Serialize};

use crate::{Day, Trust};

/// What one message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Testimony {
    /// The trust class of the key that it came with.
    pub trust: Trust,
    /// True when it says that its identifiers are one person.
    pub alias: bool,
    /// The day that it counts for.
    pub day: Day,
    /// The first name that it gives, lower case.
    pub first_name: Option<String>,
    /// The birth date that it gives (`YYYY-MM-DD`).
    pub birth_date: Option<String>,
}
