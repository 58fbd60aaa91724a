//! Canonical forms. Frozen: every id depends on them.

use crate::{Error, NamespaceSpec};

pub(crate) fn value(spec: &NamespaceSpec, raw: &str) -> Result<String, Error> {
    todo!("{spec:?} {raw}")
}
