//! How far a consumer has read the changes of profile ids.

use std::fmt;
use std::str::FromStr;

use crate::token::{self, Reader, TokenError};

const KIND: u8 = b'c';

/// The place of the last change that was read, opaque on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ChangeCursor {
    /// Log index of the change.
    pub index: u64,
    /// Its number among those of the index.
    pub seq: u32,
}

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut payload = Vec::with_capacity(12);
        payload.extend_from_slice(&self.index.to_be_bytes());
        payload.extend_from_slice(&self.seq.to_be_bytes());
        f.write_str(&token::seal(KIND, &payload))
    }
}

impl FromStr for ChangeCursor {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let payload = token::open(KIND, text)?;
        let mut reader = Reader(&payload);
        let index = u64::from_be_bytes(reader.take()?);
        let seq = u32::from_be_bytes(reader.take()?);
        reader.finish()?;
        Ok(Self { index, seq })
    }
}

token::as_text!(ChangeCursor);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_cursor_reads_back_and_is_no_position() {
        let cursor = ChangeCursor { index: 41, seq: 7 };
        let text = cursor.to_string();
        assert_eq!(text.parse::<ChangeCursor>().unwrap(), cursor);
        assert_eq!(text.parse::<crate::Position>(), Err(TokenError::OtherKind));
    }
}
