//! Sealing of opaque tokens: `version | kind | payload | crc32`, in base64url.
//!
//! The checksum guards against a truncated or hand-edited text, not against a
//! forger: a token holds nothing that its bearer may not know.

use data_encoding::BASE64URL_NOPAD;

use crate::limits::TOKEN_BYTES_MAX;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 2;
const CHECKSUM_BYTES: usize = 4;

/// Why a text is not a token of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not base64url, too short, too long, or its checksum does not match.
    #[error("the token is damaged; pass it back exactly as it was given")]
    Damaged,
    /// A token of another kind, a page token given as a position for one.
    #[error("the token is of another kind; a position and a page token are not interchangeable")]
    OtherKind,
    /// Made by a newer version of Acquaint.
    #[error("the token has version {0}, which this version does not read")]
    Version(u8),
}

/// A token in the making: what is put into it goes straight to its place.
pub(crate) struct Seal(Vec<u8>);

impl Seal {
    /// A token of a kind, with room for its payload.
    pub(crate) fn new(kind: u8, payload_bytes: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + payload_bytes + CHECKSUM_BYTES);
        bytes.extend_from_slice(&[VERSION, kind]);
        Self(bytes)
    }

    /// Adds to the payload.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The token as it is passed on.
    pub(crate) fn text(mut self) -> String {
        let checksum = crc32fast::hash(&self.0);
        self.0.extend_from_slice(&checksum.to_be_bytes());
        BASE64URL_NOPAD.encode(&self.0)
    }
}

pub(crate) fn seal(kind: u8, payload: &[u8]) -> String {
    let mut seal = Seal::new(kind, payload.len());
    seal.put(payload);
    seal.text()
}

pub(crate) fn open(kind: u8, text: &str) -> Result<Vec<u8>, TokenError> {
    if text.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Damaged);
    }
    let bytes = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| TokenError::Damaged)?;
    let Some((body, checksum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
        return Err(TokenError::Damaged);
    };
    if crc32fast::hash(body) != u32::from_be_bytes(*checksum) {
        return Err(TokenError::Damaged);
    }
    let Some((&[version, found], payload)) = body.split_first_chunk::<HEADER_BYTES>() else {
        return Err(TokenError::Damaged);
    };
    if version != VERSION {
        return Err(TokenError::Version(version));
    }
    if found != kind {
        return Err(TokenError::OtherKind);
    }
    Ok(payload.to_vec())
}

/// Reads big-endian integers off the front of a payload.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Reader<'_> {
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], TokenError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(TokenError::Damaged)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn finish(self) -> Result<(), TokenError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(TokenError::Damaged)
        }
    }
}

/// Lets a token stand in JSON as the text that [`std::fmt::Display`] writes and [`std::str::FromStr`] reads.
macro_rules! as_text {
    ($token:ty) => {
        impl serde::Serialize for $token {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $token {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use as_text;
