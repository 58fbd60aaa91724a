//! Forms that are for ever: rows and row keys in the field depend on them.
//!
//! Lines are added here, never changed. A test that fails says that the change would give known people new ids.
#![allow(clippy::unwrap_used)]

mod bytes;
mod canonical;
mod ids;
mod matching;

use acquaint_profile::{Error, Identifier, NamespaceSpec, Namespaces};

fn spec(namespace: &str) -> NamespaceSpec {
    Namespaces::builtin().get(namespace).unwrap().1.clone()
}

fn parse(namespace: &str, raw: &str) -> Result<Identifier, Error> {
    Identifier::parse(&spec(namespace), raw)
}
