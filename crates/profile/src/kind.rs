//! The kinds of messages of the tracking API.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Who somebody is, and traits of theirs.
    Identify,
    /// Something happened.
    Track,
    /// A web page was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
    /// Somebody belongs to a group (a company, a household).
    Group,
    /// Two identifiers are one person.
    Alias,
}

impl Kind {
    /// Its name in the tracking API.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Identify => "identify",
            Kind::Track => "track",
            Kind::Page => "page",
            Kind::Screen => "screen",
            Kind::Group => "group",
            Kind::Alias => "alias",
        }
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "identify" => Kind::Identify,
            "track" => Kind::Track,
            "page" => Kind::Page,
            "screen" => Kind::Screen,
            "group" => Kind::Group,
            "alias" => Kind::Alias,
            _ => {
                let expected = "identify, track, page, screen, group or alias";
                return Err(Error::Invalid {
                    what: "type".into(),
                    expected,
                });
            }
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
