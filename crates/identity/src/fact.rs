//! What an operator says: these two are one person, these two never are, this value means nothing.
//!
//! - Facts are an observed-remove set: an undone fact stays as a row (who, when, why) and never comes back.
//! - Where two facts disagree, the later one wins: facts are applied from the latest to the earliest, and one that
//!   contradicts those already applied is overruled.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{EvidenceIdentifier, FactId, IdentifierId, StrandId};

/// Facts that one node can carry; past it a fact is refused, so that repair reads a bounded number of them.
pub const FACTS_PER_NODE_MAX: usize = 64;

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statement {
    /// The two are one person, whatever hubs, names and limits say.
    MustLink(EvidenceIdentifier, EvidenceIdentifier),
    /// The two are never in one profile.
    NeverLink(EvidenceIdentifier, EvidenceIdentifier),
    /// The value means nothing: it links no one.
    Block(EvidenceIdentifier),
    /// What a message said does not count. The anchors leave it out of the evidence; here it is on record.
    RevokeMessage(RevokedMessage),
}

/// A message that is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedMessage {
    /// Its id.
    pub message_id: String,
    /// An identifier that it came with, as the operator named it.
    pub identifier: EvidenceIdentifier,
    /// The anchors and strands under which it stands.
    pub strands: BTreeSet<(IdentifierId, StrandId)>,
}

impl Statement {
    /// The identifiers that it is about.
    pub(crate) fn ends(&self) -> Vec<&EvidenceIdentifier> {
        match self {
            Self::MustLink(a, b) | Self::NeverLink(a, b) => vec![a, b],
            Self::Block(a) => vec![a],
            Self::RevokeMessage(_) => Vec::new(),
        }
    }
}

/// An operator fact. Identifiers need not have been seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Chosen by the caller; saying the same fact twice is saying it once.
    pub id: FactId,
    /// What is said.
    pub statement: Statement,
    /// Who says so.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the epoch: decides which of two facts is the later.
    pub at_ms: i64,
}

/// The withdrawal of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Who withdraws it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
}

/// A fact as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRow {
    /// The fact.
    pub fact: Fact,
    /// Present once it has been withdrawn.
    pub undone: Option<Undo>,
}

/// Why a fact or its withdrawal was not taken: an outcome, the same on every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// There is no such fact.
    #[error("no fact has this id")]
    UnknownFact,
    /// The id is taken by a fact that says something else.
    #[error("another fact has this id")]
    FactIdTaken,
    /// Both ends have the same matching key.
    #[error("both identifiers have the same matching key, so they are one already")]
    SameNode,
    /// An end carries as many facts as it can.
    #[error("an identifier carries {FACTS_PER_NODE_MAX} facts already: undo some first")]
    TooManyFacts,
}
