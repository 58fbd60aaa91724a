//! The keys of the identity graph's tables. Storage maps a [`RowKey`] to bytes.
//!
//! - Every part of a key has a fixed size, and the derived order is the order of the big-endian bytes when a key is
//!   written as the number of its table and then its parts.

use serde::{Deserialize, Serialize};

use crate::{FactId, IdentifierId, NodeId, Rank, SourceId, Stage, StrandId, ValueId};

/// What a trait row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TraitKind {
    /// A first name, lower case.
    FirstName,
    /// A birth date, `YYYY-MM-DD`.
    BirthDate,
}

/// A row's key. The order of the variants is the order of the tables: new ones go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the ids that their types name")]
pub enum RowKey {
    /// The evidence of one (strand, source) that counts.
    Evidence { strand: StrandId, source: SourceId },
    /// The strands of a source, for revoking it whole. Holds the plain source.
    SourceStrand { source: SourceId, strand: StrandId },
    /// The evidence that a node stands in.
    NodeEvidence {
        node: NodeId,
        strand: StrandId,
        source: SourceId,
    },
    /// A node: counts, flags, and whose it is.
    Node { node: NodeId },
    /// A neighbour of a node, by the neighbour's rank.
    Link {
        node: NodeId,
        rank: Rank,
        neighbour: NodeId,
    },
    /// A name or a birth date seen with a node.
    Trait {
        node: NodeId,
        kind: TraitKind,
        value: ValueId,
    },
    /// An identifier: its node and what is to be shown.
    Identifier { id: IdentifierId },
    /// A profile, under its root.
    Profile { root: NodeId },
    /// What a person's node holds: an identifier (then the strand is nought), or one strand under an identifier that is
    /// nobody's. The nodes of a profile stand under its root; a thing stands under the node that owns it, so that a merge
    /// of people moves no thing.
    Member {
        holder: NodeId,
        node: NodeId,
        id: IdentifierId,
        strand: StrandId,
    },
    /// A refused link, in both directions.
    Candidate { node: NodeId, other: NodeId },
    /// An operator fact.
    Fact { fact: FactId },
    /// Work that was too much for the command that caused it.
    Pending { of: [u8; 16], stage: Stage },
    /// The rules of an epoch.
    Rules { epoch: u32 },
    /// People's nodes that were seen with the same things, in both directions. The counts stand under the smaller node.
    Via { node: NodeId, other: NodeId },
    /// A strand that is attributed by itself, since its anchor is nobody's.
    Attribution { strand: StrandId },
    /// A source that an operator revoked.
    Revoked { source: SourceId },
    /// Evidence of a revoked source: kept for the day on which the revocation is undone, and counted nowhere.
    Withheld { source: SourceId, strand: StrandId },
    /// Which rules are in force, and which a partition is being built under.
    Epochs,
    /// The members of a profile in one row, under its root.
    Extent { root: NodeId },
    /// The number of rows of pending work.
    PendingCount,
}

impl RowKey {
    /// True for what a partition is computed from, and what says which one serves: the same rows under all rules. The other
    /// tables are there once for every epoch.
    #[must_use]
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Self::Evidence { .. }
                | Self::SourceStrand { .. }
                | Self::Fact { .. }
                | Self::Rules { .. }
                | Self::Revoked { .. }
                | Self::Withheld { .. }
                | Self::Epochs
        )
    }
}

/// A range of keys that share their first parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPrefix {
    /// All evidence that counts.
    Evidence,
    /// The evidence of one strand.
    EvidenceOf(StrandId),
    /// Strands of a source.
    SourceStrands(SourceId),
    /// Evidence that a node stands in.
    NodeEvidence(NodeId),
    /// All nodes.
    Nodes,
    /// Links of a node.
    Links(NodeId),
    /// Links of a node towards a namespace.
    LinksTowards(NodeId, Rank),
    /// Names and birth dates of a node.
    Traits(NodeId),
    /// All profiles, in order of root.
    Profiles,
    /// All that a person's node holds.
    Members(NodeId),
    /// All that people's nodes hold.
    AllMembers,
    /// What it holds of one node.
    MembersOf(NodeId, NodeId),
    /// Refused links of a node.
    Candidates(NodeId),
    /// All facts.
    Facts,
    /// All pending work.
    Pending,
    /// Pending work on a node.
    PendingOf([u8; 16]),
    /// People's nodes that share things with a node.
    Vias(NodeId),
    /// Evidence of a revoked source.
    Withheld(SourceId),
    /// All evidence that is withheld.
    AllWithheld,
    /// All strands that are attributed by themselves.
    Attributions,
}

const ZERO: [u8; 16] = [0; 16];

impl RowPrefix {
    /// True when its keys are inputs: see [`RowKey::is_input`].
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.first().is_input()
    }

    /// The smallest key that can stand in the range.
    #[must_use]
    pub fn first(&self) -> RowKey {
        let (strand, source) = (StrandId(ZERO), SourceId(ZERO));
        let none = NodeId(ZERO);
        let link = |node, rank| RowKey::Link {
            node,
            rank,
            neighbour: none,
        };
        let member = |holder, node| RowKey::Member {
            holder,
            node,
            id: IdentifierId(ZERO),
            strand,
        };
        let pending = |of| RowKey::Pending {
            of,
            stage: Stage(0),
        };
        match *self {
            Self::Evidence => RowKey::Evidence { strand, source },
            Self::EvidenceOf(strand) => RowKey::Evidence { strand, source },
            Self::SourceStrands(source) => RowKey::SourceStrand { source, strand },
            Self::NodeEvidence(node) => RowKey::NodeEvidence {
                node,
                strand,
                source,
            },
            Self::Nodes => RowKey::Node { node: none },
            Self::Links(node) => link(node, Rank(0)),
            Self::LinksTowards(node, rank) => link(node, rank),
            Self::Traits(node) => RowKey::Trait {
                node,
                kind: TraitKind::FirstName,
                value: ValueId(ZERO),
            },
            Self::Profiles => RowKey::Profile { root: none },
            Self::AllMembers => member(none, none),
            Self::Members(holder) => member(holder, none),
            Self::MembersOf(holder, node) => member(holder, node),
            Self::Candidates(node) => RowKey::Candidate { node, other: none },
            Self::Facts => RowKey::Fact { fact: FactId(ZERO) },
            Self::Pending => pending(ZERO),
            Self::PendingOf(of) => pending(of),
            Self::Vias(node) => RowKey::Via { node, other: none },
            Self::Withheld(source) => RowKey::Withheld { source, strand },
            Self::AllWithheld => RowKey::Withheld { source, strand },
            Self::Attributions => RowKey::Attribution { strand },
        }
    }

    /// True when the key stands in the range.
    #[must_use]
    pub fn contains(&self, key: &RowKey) -> bool {
        match (self, key) {
            (Self::Evidence, RowKey::Evidence { .. })
            | (Self::Nodes, RowKey::Node { .. })
            | (Self::Profiles, RowKey::Profile { .. })
            | (Self::Facts, RowKey::Fact { .. })
            | (Self::Pending, RowKey::Pending { .. })
            | (Self::AllWithheld, RowKey::Withheld { .. })
            | (Self::AllMembers, RowKey::Member { .. })
            | (Self::Attributions, RowKey::Attribution { .. }) => true,
            (Self::EvidenceOf(a), RowKey::Evidence { strand, .. }) => a == strand,
            (Self::SourceStrands(a), RowKey::SourceStrand { source, .. })
            | (Self::Withheld(a), RowKey::Withheld { source, .. }) => a == source,
            (Self::NodeEvidence(a), RowKey::NodeEvidence { node, .. })
            | (Self::Links(a), RowKey::Link { node, .. })
            | (Self::Traits(a), RowKey::Trait { node, .. })
            | (Self::Candidates(a), RowKey::Candidate { node, .. })
            | (Self::Vias(a), RowKey::Via { node, .. })
            | (Self::Members(a), RowKey::Member { holder: node, .. }) => a == node,
            (Self::LinksTowards(a, b), RowKey::Link { node, rank, .. }) => a == node && b == rank,
            (Self::MembersOf(a, b), RowKey::Member { holder, node, .. }) => {
                a == holder && b == node
            }
            (Self::PendingOf(a), RowKey::Pending { of, .. }) => a == of,
            _ => false,
        }
    }
}
