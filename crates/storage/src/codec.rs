//! How a value becomes bytes: the only place that names bincode.
//!
//! ```text
//! ┌─────────┬────────┬──────────────────────────────────┐
//! │ version │ key id │ body: bincode 2, standard config │
//! │ 1 byte  │ 1 byte │                                  │
//! └─────────┴────────┴──────────────────────────────────┘
//! ```
//!
//! - The version is that of the type, and starts at 1. A type that changes takes the next version and learns to
//!   read the old one in [`Stored::decode_old`]; the frozen bytes of every version are tests that are never edited.
//! - Key id 0 means plain. Other ids are kept for values that are sealed with a key of their anchor.
//! - A body that is longer than its value is an error, like one that is shorter.

use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// The most bytes that one value may claim, so that a damaged length cannot ask for all memory.
pub const VALUE_BYTES_MAX: usize = 256 << 20;

/// The key id of a value that is not sealed.
const PLAIN: u8 = 0;

/// A type that is written to disk or to a log.
pub trait Stored: Serialize + DeserializeOwned {
    /// The name that errors and `acquaint inspect` give it.
    const NAME: &'static str;
    /// The version that is written.
    const VERSION: u8;

    /// Reads a body of an earlier version.
    fn decode_old(version: u8, _body: &[u8]) -> Result<Self, Error> {
        Err(broken::<Self>(
            version,
            format!("this program knows version {}", Self::VERSION),
        ))
    }
}

/// The bytes of a value.
pub fn encode<T: Stored>(value: &T) -> Vec<u8> {
    let mut bytes = vec![T::VERSION, PLAIN];
    bincode::serde::encode_into_std_write(value, &mut bytes, bincode::config::standard())
        .expect("a stored type has only sequences of known length, and memory takes every write");
    bytes
}

/// The value of bytes that [`encode`] made.
pub fn decode<T: Stored>(bytes: &[u8]) -> Result<T, Error> {
    let [version, key_id, body @ ..] = bytes else {
        return Err(broken::<T>(0, format!("{} bytes are too few", bytes.len())));
    };
    if *key_id != PLAIN {
        return Err(broken::<T>(
            *version,
            format!("it is sealed with key {key_id}"),
        ));
    }
    if *version == T::VERSION {
        decode_body(T::NAME, *version, body)
    } else {
        T::decode_old(*version, body)
    }
}

/// The value of a body, for [`Stored::decode_old`]: `Old` is the type as it was in `version`.
pub fn decode_body<Old: DeserializeOwned>(
    name: &'static str,
    version: u8,
    body: &[u8],
) -> Result<Old, Error> {
    let config = bincode::config::standard().with_limit::<VALUE_BYTES_MAX>();
    match bincode::serde::decode_from_slice(body, config) {
        Ok((value, length)) if length == body.len() => Ok(value),
        Ok((_, length)) => {
            let message = format!("{} bytes follow the value", body.len() - length);
            Err(Error::Decode {
                name,
                version,
                message,
            })
        }
        Err(error) => Err(Error::Decode {
            name,
            version,
            message: error.to_string(),
        }),
    }
}

fn broken<T: Stored>(version: u8, message: String) -> Error {
    Error::Decode {
        name: T::NAME,
        version,
        message,
    }
}
