//! Matching keys: the form in which two spellings of one identifier are equal.
//!
//! A matching key is a rule of identity resolution, not a name: unlike the canonical form it may be improved by a rules
//! epoch, because nothing is stored under it but the identity graph, which can be derived again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Form, Identifier, KeyId, Namespace, NamespaceSpec, Region, WorkspaceSecret, digest};

/// What all spellings of an identifier have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MatchingKey {
    /// The namespace; keys of two namespaces never match.
    pub namespace: Namespace,
    /// The common value: E.164, a mailbox.
    pub value: String,
}

impl MatchingKey {
    pub(crate) fn of(identifier: &Identifier, spec: &NamespaceSpec, region: &Region) -> Self {
        let value = match spec.form {
            Form::Email => mailbox(&identifier.value),
            Form::Phone => e164(&identifier.value, region),
            Form::CaseFolded => identifier.value.trim_start_matches('@').to_lowercase(),
            Form::Verbatim | Form::Uuid => identifier.value.clone(),
        };
        MatchingKey {
            namespace: identifier.namespace.clone(),
            value,
        }
    }

    /// Its id in a workspace: the node of the identity graph.
    pub fn id(&self, secret: &WorkspaceSecret) -> KeyId {
        KeyId(digest::keyed(
            secret,
            b"acquaint key 1",
            self.namespace.as_str(),
            &self.value,
        ))
    }
}

impl fmt::Display for MatchingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.value)
    }
}

fn mailbox(email: &str) -> String {
    todo!("{email}")
}

fn e164(phone: &str, region: &Region) -> String {
    todo!("{phone} {region}")
}
