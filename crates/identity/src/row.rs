//! The tables of the identity graph, as keys and values. Storage maps a [`RowKey`] to bytes.
//!
//! - Every part of a key has a fixed size, and the derived order is the order of the big-endian bytes when a key is
//!   written as the number of its table and then its parts.
//! - Counts are exact: a row is put when a count leaves nought and deleted when it returns, so that taking evidence
//!   back leaves the rows as if it had never come.
//! - A link's days stand once, under the smaller node; the other direction is an empty [`RowValue::Mark`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Day, Evidence, EvidenceIdentifier, FactId, FactRow, IdentifierId, NodeId, Rank, Reason, Rules,
    Source, SourceId, StrandId, ValueId,
};

/// What a trait row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TraitKind {
    /// A first name, lower case.
    FirstName,
    /// A birth date, `YYYY-MM-DD`.
    BirthDate,
}

/// A row's key. The order of the variants is the order of the tables: new ones go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the ids that their types name")]
pub enum RowKey {
    /// The evidence of one (strand, source).
    Evidence { strand: StrandId, source: SourceId },
    /// The strands of a source, for revoking it whole. Holds the plain source.
    SourceStrand { source: SourceId, strand: StrandId },
    /// The evidence that a node stands in, for samples in `explain` and for erasure.
    NodeEvidence {
        node: NodeId,
        strand: StrandId,
        source: SourceId,
    },
    /// A node: counts, its profile's root, its flags.
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
    /// An identifier of a profile.
    Member {
        root: NodeId,
        node: NodeId,
        id: IdentifierId,
    },
    /// A refused link, in both directions.
    Candidate { node: NodeId, other: NodeId },
    /// An operator fact.
    Fact { fact: FactId },
    /// A node whose component was too large to recompute when it was touched.
    Pending { node: NodeId },
    /// The rules of an epoch.
    Rules { epoch: u32 },
}

/// A range of keys that share their first parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPrefix {
    /// All evidence.
    Evidence,
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
    /// Identifiers of a profile.
    Members(NodeId),
    /// Identifiers of one node of a profile.
    MembersOf(NodeId, NodeId),
    /// Refused links of a node.
    Candidates(NodeId),
    /// All facts.
    Facts,
    /// All pending nodes.
    Pending,
}

const ZERO: [u8; 16] = [0; 16];

impl RowPrefix {
    /// The smallest key that can stand in the range.
    #[must_use]
    pub fn first(&self) -> RowKey {
        let (node, strand, source) = (NodeId(ZERO), StrandId(ZERO), SourceId(ZERO));
        match *self {
            Self::Evidence => RowKey::Evidence { strand, source },
            Self::SourceStrands(source) => RowKey::SourceStrand { source, strand },
            Self::NodeEvidence(node) => RowKey::NodeEvidence {
                node,
                strand,
                source,
            },
            Self::Nodes => RowKey::Node { node },
            Self::Links(node) => RowKey::Link {
                node,
                rank: Rank(0),
                neighbour: NodeId(ZERO),
            },
            Self::LinksTowards(node, rank) => RowKey::Link {
                node,
                rank,
                neighbour: NodeId(ZERO),
            },
            Self::Traits(node) => RowKey::Trait {
                node,
                kind: TraitKind::FirstName,
                value: ValueId(ZERO),
            },
            Self::Profiles => RowKey::Profile { root: node },
            Self::Members(root) => RowKey::Member {
                root,
                node,
                id: IdentifierId(ZERO),
            },
            Self::MembersOf(root, node) => RowKey::Member {
                root,
                node,
                id: IdentifierId(ZERO),
            },
            Self::Candidates(node) => RowKey::Candidate {
                node,
                other: NodeId(ZERO),
            },
            Self::Facts => RowKey::Fact { fact: FactId(ZERO) },
            Self::Pending => RowKey::Pending { node },
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
            | (Self::Pending, RowKey::Pending { .. }) => true,
            (Self::SourceStrands(a), RowKey::SourceStrand { source, .. }) => a == source,
            (Self::NodeEvidence(a), RowKey::NodeEvidence { node, .. })
            | (Self::Links(a), RowKey::Link { node, .. })
            | (Self::Traits(a), RowKey::Trait { node, .. })
            | (Self::Candidates(a), RowKey::Candidate { node, .. }) => a == node,
            (Self::LinksTowards(a, b), RowKey::Link { node, rank, .. }) => a == node && b == rank,
            (Self::Members(a), RowKey::Member { root, .. }) => a == root,
            (Self::MembersOf(a, b), RowKey::Member { root, node, .. }) => a == root && b == node,
            _ => false,
        }
    }
}

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// The rank of its namespace.
    pub rank: Rank,
    /// The root of its profile.
    pub root: NodeId,
    /// Its smallest identifier.
    pub canonical: IdentifierId,
    /// Its identifiers' references (evidence and facts); at nought the node goes.
    pub references: u32,
    /// Distinct neighbours per namespace: exact, whatever the cap.
    pub neighbours: BTreeMap<Rank, u32>,
    /// Distinct first names and birth dates (trait rows).
    pub traits: u32,
    /// Refused links (candidate rows).
    pub candidates: u32,
    /// True when its component waits to be recomputed.
    pub pending: bool,
    /// True when the rules block its key.
    pub blocked_by_rule: bool,
    /// Facts in force that block it.
    pub blocks: u32,
    /// Facts in force that link it or keep it apart.
    pub facts: BTreeSet<FactId>,
}

impl NodeRow {
    /// The row of a node that is seen for the first time, alone in a profile of its own.
    pub(crate) fn new(identifier: &EvidenceIdentifier, blocked_by_rule: bool) -> Self {
        Self {
            rank: identifier.rank,
            root: identifier.node,
            canonical: identifier.id,
            references: 0,
            neighbours: BTreeMap::new(),
            traits: 0,
            candidates: 0,
            pending: false,
            blocked_by_rule,
            blocks: 0,
            facts: BTreeSet::new(),
        }
    }

    /// True when the node links no one.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked_by_rule || self.blocks > 0
    }
}

/// A link between two nodes, kept under the smaller one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Evidence rows that hold both.
    pub references: u32,
    /// Those of them that are an alias from a server key.
    pub aliases: u32,
    /// Day → evidence rows that were seen on it.
    pub days: BTreeMap<Day, u32>,
}

/// A name or a birth date of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraitRow {
    /// The value.
    pub value: String,
    /// Day → evidence rows that gave it on that day.
    pub days: BTreeMap<Day, u32>,
}

/// An identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierRow {
    /// Its node.
    pub node: NodeId,
    /// The canonical value.
    pub canonical: String,
    /// The matching key's value, where it differs from the canonical value.
    pub key: Option<String>,
    /// Evidence rows and facts in force that name it.
    pub references: u32,
    /// Those of them whose anchor it is.
    pub anchors: u32,
}

/// A profile: what can be said of it without reading its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRow {
    /// The id that names it: of its strongest namespace, the smallest.
    pub canonical: IdentifierId,
    /// Its nodes, by rank.
    pub nodes: BTreeMap<Rank, u32>,
    /// True when nothing in its component was refused and its traits agree and no fact touches it: then more days on
    /// known links cannot change it.
    pub calm: bool,
    /// True when evidence about a member waits to be worked in.
    pub pending: bool,
}

/// An identifier within a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    /// The rank of its namespace.
    pub rank: Rank,
    /// The canonical value.
    pub canonical: String,
    /// The matching key's value, where it differs from the canonical value.
    pub key: Option<String>,
    /// True when interactions can be stored under it.
    pub is_anchor: bool,
}

/// A refused link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// The predicate that refused it.
    pub reason: Reason,
}

/// A row's value; which one belongs to a key stands at the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RowValue {
    /// Of an evidence key.
    Evidence(Evidence),
    /// Of a source's strand.
    Source(Source),
    /// An index entry that says no more than its key.
    Mark,
    /// Of a node.
    Node(NodeRow),
    /// Of a link, under its smaller node.
    Link(LinkRow),
    /// Of a trait.
    Trait(TraitRow),
    /// Of an identifier.
    Identifier(IdentifierRow),
    /// Of a profile.
    Profile(ProfileRow),
    /// Of a member.
    Member(MemberRow),
    /// Of a candidate.
    Candidate(CandidateRow),
    /// Of a fact.
    Fact(FactRow),
    /// Of an epoch.
    Rules(Rules),
}
