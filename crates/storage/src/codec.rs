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

/// The bytes that are asked for first: most rows are smaller.
const USUAL_BYTES: usize = 256;

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
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    bytes.extend([T::VERSION, PLAIN]);
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

/// The number of the variant that the bytes of an enumeration hold, where they hold a plain one.
pub(crate) fn variant(bytes: &[u8]) -> Option<u8> {
    match bytes {
        // Numbers above 250 take more bytes, and no enumeration here has as many variants.
        [_, PLAIN, variant @ 0..=250, ..] => Some(*variant),
        _ => None,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Cup {
        sugar: u32,
        name: String,
    }

    /// Version 1 had no name.
    impl Stored for Cup {
        const NAME: &'static str = "Cup";
        const VERSION: u8 = 2;

        fn decode_old(version: u8, body: &[u8]) -> Result<Self, Error> {
            match version {
                1 => Ok(Self {
                    sugar: decode_body(Self::NAME, version, body)?,
                    name: "none".to_owned(),
                }),
                _ => Err(broken::<Self>(
                    version,
                    "this program knows versions 1 and 2".to_owned(),
                )),
            }
        }
    }

    fn check(bytes: &[u8], wanted: &str) {
        let found = match decode::<Cup>(bytes) {
            Ok(cup) => format!("{} {}", cup.sugar, cup.name),
            Err(error) => error.to_string(),
        };
        assert!(found.starts_with(wanted), "{bytes:?} gave {found}");
    }

    #[test]
    fn what_does_not_decode_names_the_type_and_the_version() {
        let cup = Cup {
            sugar: 3,
            name: "ada".to_owned(),
        };
        assert_eq!(encode(&cup), [2, 0, 3, 3, b'a', b'd', b'a']);
        check(&encode(&cup), "3 ada");
        check(&[1, 0, 9], "9 none");
        check(&[], "cannot decode Cup version 0: 0 bytes are too few");
        check(&[2], "cannot decode Cup version 0: 1 bytes are too few");
        check(
            &[3, 0, 1],
            "cannot decode Cup version 3: this program knows versions 1 and 2",
        );
        check(
            &[2, 7, 1],
            "cannot decode Cup version 2: it is sealed with key 7",
        );
        check(&[2, 0, 3, 3, b'a', b'd'], "cannot decode Cup version 2: ");
        check(
            &[2, 0, 3, 1, b'a', b'd'],
            "cannot decode Cup version 2: 1 bytes follow the value",
        );
        check(&[2, 0, 3, 1, 0xFF], "cannot decode Cup version 2: ");
        // A length of four exabytes.
        check(
            &[2, 0, 3, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0x40],
            "cannot decode Cup version 2: ",
        );
    }
}
