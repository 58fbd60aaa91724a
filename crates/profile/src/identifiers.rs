//! The identifiers of one message.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::{Error, Identifier, IdentifierId, Namespaces, StrandId, WorkspaceSecret, strand_id};

/// Between 1 and 16 different identifiers, strongest namespace first, then by value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifiers(Vec<Identifier>);

impl Identifiers {
    /// The most identifiers of a message.
    pub const MAX: usize = 16;

    /// Sorts them by the workspace's order; repetitions count once.
    pub fn new(namespaces: &Namespaces, given: Vec<Identifier>) -> Result<Self, Error> {
        let mut ranked = Vec::with_capacity(given.len());
        for identifier in given {
            let (rank, _) = namespaces.require(identifier.namespace.as_str())?;
            ranked.push((rank, identifier));
        }
        ranked.sort();
        ranked.dedup();
        if ranked.is_empty() {
            return Err(Error::NoIdentifier);
        }
        if ranked.len() > Self::MAX {
            return Err(Error::TooManyIdentifiers {
                count: ranked.len(),
                max: Self::MAX,
            });
        }
        Ok(Identifiers(
            ranked
                .into_iter()
                .map(|(_, identifier)| identifier)
                .collect(),
        ))
    }

    /// The identifier under which the message is stored: of the strongest namespace, then the smallest value.
    pub fn anchor(&self) -> &Identifier {
        &self.0[0]
    }

    /// Their ids, in their order.
    pub fn ids(&self, secret: &WorkspaceSecret) -> Vec<IdentifierId> {
        self.0
            .iter()
            .map(|identifier| identifier.id(secret))
            .collect()
    }

    /// The id of the strand that they make up.
    pub fn strand(&self, secret: &WorkspaceSecret) -> StrandId {
        strand_id(&self.ids(secret))
    }
}

impl Deref for Identifiers {
    type Target = [Identifier];

    fn deref(&self) -> &[Identifier] {
        &self.0
    }
}
