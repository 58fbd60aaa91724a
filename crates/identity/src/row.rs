//! The values of the identity graph's tables.
//!
//! - Counts are exact: a row is put when a count leaves nought and deleted when it returns, so that taking evidence
//!   back leaves the rows as if it had never come.
//! - A link's days stand once, under the node of the weaker namespace (of equals, the smaller node), so that all that
//!   decides whose a thing is stands together; the other direction is an empty [`RowValue::Mark`].
//! - What is derived (class, placement, members, candidates) is a function of the rest whenever no work is pending.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Class, Day, Evidence, EvidenceIdentifier, FactId, FactRow, IdentifierId, Member, NodeId,
    Placement, Rank, Reason, Rules, Scope, Source, StrandPart, Taken,
};

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// The rank of its namespace.
    pub rank: Rank,
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
    /// True when the rules block its key.
    pub blocked_by_rule: bool,
    /// Facts in force that block it.
    pub blocks: u32,
    /// Facts in force that take it out of every profile.
    pub splits: u32,
    /// Facts in force that link it or keep it apart.
    pub facts: BTreeSet<FactId>,
    /// People's nodes that this thing is a witness for (via rows).
    pub witnessed: BTreeSet<NodeId>,
    /// Of a login: devices and browsers seen with it that are everybody's.
    pub kiosks: u32,
    /// Strands with it that are attributed by themselves.
    pub loose: u32,
    /// What its evidence says about its part in linking people.
    pub class: Class,
    /// Whose it is.
    pub placement: Placement,
    /// Where its member rows stand, and which of its interactions each is about.
    pub homes: BTreeMap<NodeId, Scope>,
}

impl NodeRow {
    /// The row of a node that is seen for the first time, alone in a profile of its own.
    pub(crate) fn new(identifier: &EvidenceIdentifier, blocked_by_rule: bool) -> Self {
        Self {
            rank: identifier.rank,
            canonical: identifier.id,
            references: 0,
            neighbours: BTreeMap::new(),
            traits: 0,
            candidates: 0,
            blocked_by_rule,
            blocks: 0,
            splits: 0,
            facts: BTreeSet::new(),
            witnessed: BTreeSet::new(),
            kiosks: 0,
            loose: 0,
            class: Class::Plain,
            placement: Placement::Person {
                root: identifier.node,
            },
            homes: BTreeMap::new(),
        }
    }

    /// True when the node links no one.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked_by_rule || self.blocks > 0
    }

    /// True when it is a login of staff's that merely typed the other one.
    #[must_use]
    pub(crate) fn is_foreign_to_staff(&self, other: NodeId) -> bool {
        matches!(&self.class, Class::Operator { own } if !own.contains(&other))
    }

    /// True when no evidence links it: it is blocked, or was split off.
    #[must_use]
    pub fn is_apart(&self) -> bool {
        self.is_blocked() || self.splits > 0
    }
}

/// A link between two nodes.
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
    /// The nodes that make it: people's, or things of one layer that are nobody's.
    pub nodes: BTreeSet<NodeId>,
    /// True when no link among its nodes was refused, its traits agree and no fact touches it: then more days on known
    /// links cannot change it, unless it is contested.
    pub calm: bool,
    /// Refused links of its nodes.
    pub contested: u32,
}

/// An identifier, or a strand under one, that a person's node holds.
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
    /// Which of the interactions under it are the person's; of its own identifiers a node says that in its row.
    pub scope: Scope,
}

/// Things that two people's nodes were both seen with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViaRow {
    /// Things per layer.
    pub things: BTreeMap<u8, u32>,
}

/// Who has a strand that is attributed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributionRow {
    /// The identifier that its interactions are stored under.
    pub anchor: IdentifierId,
    /// The node of it.
    pub anchor_node: NodeId,
    /// Its nodes.
    pub nodes: BTreeSet<NodeId>,
    /// The people's nodes that hold it, and when.
    pub holders: BTreeMap<NodeId, Scope>,
}

/// A revoked source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedRow {
    /// The source.
    pub source: Source,
    /// Facts in force that revoke it.
    pub facts: BTreeSet<FactId>,
}

/// A refused link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// The predicate that refused it.
    pub reason: Reason,
}

/// A row's value; which one belongs to a key stands at the key. Rows are shared, not copied: most are read far more often
/// than they are changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RowValue {
    /// Of an evidence key.
    Evidence(Arc<Evidence>),
    /// Of a source's strand.
    Source(Arc<Source>),
    /// An index entry that says no more than its key.
    Mark,
    /// Of a node.
    Node(Arc<NodeRow>),
    /// Of a link, under its smaller node.
    Link(Arc<LinkRow>),
    /// Of a trait.
    Trait(Arc<TraitRow>),
    /// Of an identifier.
    Identifier(Arc<IdentifierRow>),
    /// Of a profile.
    Profile(Arc<ProfileRow>),
    /// Of a member.
    Member(Arc<MemberRow>),
    /// Of a candidate.
    Candidate(Arc<CandidateRow>),
    /// Of a fact.
    Fact(Arc<FactRow>),
    /// Of an epoch.
    Rules(Arc<RulesRow>),
    /// Of two people's nodes that share things.
    Via(Arc<ViaRow>),
    /// Of a strand.
    Attribution(Arc<AttributionRow>),
    /// Of a revoked source.
    Revoked(Arc<RevokedRow>),
    /// Of pending work: where to go on, and how often it was put off.
    Pending(Arc<PendingRow>),
    /// Of the epochs.
    Epochs(Arc<EpochsRow>),
    /// Of a profile's members.
    Extent(Arc<ExtentRow>),
    /// Of the pending work: how many rows it has, at least one.
    PendingCount(u64),
}

/// Makes a row of each kind a value.
macro_rules! value {
    ($($kind:ident($row:ty)),* $(,)?) => {$(
        impl From<$row> for RowValue {
            fn from(row: $row) -> Self {
                Self::$kind(Arc::new(row))
            }
        }

        impl From<Arc<$row>> for RowValue {
            fn from(row: Arc<$row>) -> Self {
                Self::$kind(row)
            }
        }
    )*};
}

value! {
    Evidence(Evidence),
    Source(Source),
    Node(NodeRow),
    Link(LinkRow),
    Trait(TraitRow),
    Identifier(IdentifierRow),
    Profile(ProfileRow),
    Member(MemberRow),
    Candidate(CandidateRow),
    Fact(FactRow),
    Rules(RulesRow),
    Via(ViaRow),
    Attribution(AttributionRow),
    Revoked(RevokedRow),
    Pending(PendingRow),
    Epochs(EpochsRow),
    Extent(ExtentRow),
}

/// The members of a profile in one row, so that a lookup reads no range: a copy of its profile row, of what its nodes' rows say of
/// their own interactions, and of its member rows. Absent where that is more than [`crate::EXTENT_ROWS_MAX`] member rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtentRow {
    /// The id that names the profile.
    pub canonical: IdentifierId,
    /// Its nodes, the strongest first.
    pub members: Vec<Member>,
    /// Its strands under identifiers that are nobody's.
    pub strands: Vec<StrandPart>,
}

/// The rules of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RulesRow {
    /// The rules.
    pub rules: Rules,
    /// What they were read from, comments and all.
    pub text: String,
    /// Who brought them in.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the epoch of Unix.
    pub at_ms: i64,
}

/// Which rules a workspace lives under. Numbers of epochs only grow, and none is used twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochsRow {
    /// The epoch whose partition serves.
    pub serving: u32,
    /// The epoch whose partition is being built.
    pub building: Option<Building>,
    /// The epoch whose rows are being removed.
    pub leaving: Option<Leaving>,
    /// The last number that was given.
    pub last: u32,
}

/// A partition that is being built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    /// Its epoch.
    pub epoch: u32,
    /// Which inputs it has.
    pub taken: Taken,
}

/// A partition that is being removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Its epoch.
    pub epoch: u32,
    /// True when it has served, so that its profile ids are known to others and are told where they went.
    pub served: bool,
}

/// Work that was put off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRow {
    /// Where a scan goes on.
    pub after: Option<crate::RowKey>,
    /// How often a region was too large: its bound doubles each time.
    pub attempts: u8,
}
