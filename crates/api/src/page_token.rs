//! Where the next page of a timeline starts.
//!
//! The token holds the last interaction of the page before, so paging neither skips
//! nor repeats when interactions arrive in between, and a digest of the query, so
//! that a token given with other filters is refused and not misread.

use std::fmt;
use std::str::FromStr;

use crate::token::{self, Reader, TokenError};

const KIND: u8 = b't';

/// The place after the last row of a page, opaque on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    /// Digest of the filters (not of the profile: after a merge a token still holds), by [`PageToken::digest`].
    pub query: u32,
    /// Time of the last interaction, in milliseconds since 1970.
    pub time: i64,
    /// Row id of the last interaction, which breaks ties of time.
    pub row: [u8; 16],
}

impl PageToken {
    /// A digest of the parts of a query, none of which may be confused with another.
    pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize()
    }
}

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut payload = Vec::with_capacity(28);
        payload.extend_from_slice(&self.query.to_be_bytes());
        payload.extend_from_slice(&self.time.to_be_bytes());
        payload.extend_from_slice(&self.row);
        f.write_str(&token::seal(KIND, &payload))
    }
}

impl FromStr for PageToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let payload = token::open(KIND, text)?;
        let mut reader = Reader(&payload);
        let query = u32::from_be_bytes(reader.take()?);
        let time = i64::from_be_bytes(reader.take()?);
        let row = reader.take()?;
        reader.finish()?;
        Ok(Self { query, time, row })
    }
}

token::as_text!(PageToken);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_token_reads_back() {
        let token = PageToken {
            query: 5,
            time: -12,
            row: [9; 16],
        };
        assert_eq!(token.to_string().parse::<PageToken>().unwrap(), token);
    }

    #[test]
    fn the_digest_separates_its_parts() {
        assert_ne!(
            PageToken::digest(["ab", "c"]),
            PageToken::digest(["a", "bc"])
        );
        assert_ne!(PageToken::digest(["a"]), PageToken::digest(["a", ""]));
    }
}
