//! How far a write went, as a token that a later read can wait for.
//!
//! A position names, for every group that a request wrote to, the log index that
//! holds the write, together with the version of the slot map it was made under. A
//! read with `after=<position>` sees at least that much.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::token::{self, Reader, Seal, TokenError};

const KIND: u8 = b'p';

/// A set of (group, log index), opaque on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// Version of the slot map that the groups belong to.
    pub slot_map: u64,
    /// Whether the identity group had the evidence when the answer was given.
    /// False after `ack=durable`: the write is safe, but a read may have to wait.
    pub identified: bool,
    /// Log index by group number.
    pub groups: BTreeMap<u16, u64>,
}

impl Position {
    /// The position after both: the later index of every group.
    pub fn merge(&mut self, other: &Position) {
        self.slot_map = self.slot_map.max(other.slot_map);
        self.identified &= other.identified;
        for (&group, &index) in &other.groups {
            let entry = self.groups.entry(group).or_default();
            *entry = (*entry).max(index);
        }
    }
}

impl Position {
    /// The text of the position, for a URL or a header.
    pub fn text(&self) -> String {
        let mut seal = Seal::new(KIND, 9 + 10 * self.groups.len());
        seal.put(&self.slot_map.to_be_bytes());
        seal.put(&[u8::from(self.identified)]);
        for (group, index) in &self.groups {
            seal.put(&group.to_be_bytes());
            seal.put(&index.to_be_bytes());
        }
        seal.text()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl FromStr for Position {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let payload = token::open(KIND, text)?;
        let mut reader = Reader(&payload);
        let slot_map = u64::from_be_bytes(reader.take()?);
        let identified = match reader.take()? {
            [0] => false,
            [1] => true,
            _ => return Err(TokenError::Damaged),
        };
        let mut groups = BTreeMap::new();
        while !reader.0.is_empty() {
            let group = u16::from_be_bytes(reader.take()?);
            groups.insert(group, u64::from_be_bytes(reader.take()?));
        }
        Ok(Self {
            slot_map,
            identified,
            groups,
        })
    }
}

token::as_text!(Position);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn position() -> Position {
        Position {
            slot_map: 7,
            identified: true,
            groups: [(0x2000, 41), (0x2003, 9)].into(),
        }
    }

    #[test]
    fn the_text_is_frozen() {
        assert_eq!(
            position().to_string(),
            "AXAAAAAAAAAABwEgAAAAAAAAAAApIAMAAAAAAAAACfw5LRg"
        );
        assert_eq!(
            position().to_string().parse::<Position>().unwrap(),
            position()
        );
    }

    #[test]
    fn every_damaged_text_is_refused() {
        let text = position().to_string();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(bytes).unwrap();
            assert!(damaged.parse::<Position>().is_err(), "{damaged}");
            assert!(text[..at].parse::<Position>().is_err(), "{}", &text[..at]);
        }
    }

    #[test]
    fn a_page_token_is_not_a_position() {
        let page = crate::PageToken {
            query: 1,
            time: 2,
            row: [3; 16],
        }
        .to_string();
        assert_eq!(page.parse::<Position>(), Err(TokenError::OtherKind));
    }

    #[test]
    fn merging_keeps_the_later_index() {
        let mut left = position();
        left.merge(&Position {
            slot_map: 8,
            identified: false,
            groups: [(0x2003, 10), (0x2001, 1)].into(),
        });
        let expected = [(0x2000, 41), (0x2001, 1), (0x2003, 10)].into();
        assert_eq!(
            left,
            Position {
                slot_map: 8,
                identified: false,
                groups: expected
            }
        );
    }
}
