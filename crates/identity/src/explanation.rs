//! Why two identifiers are one customer, or why they are not.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Day, DayRange, FactId, IdentifierId, NodeId, Rank, Scope, Source, StrandId};

/// The predicate that refused a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// An operator said that they are never one.
    NeverLink(FactId),
    /// A later fact overrules the fact that would link them.
    Overruled(FactId),
    /// Both sides hold a value of a namespace of which a person has one.
    Exclusive(Rank),
    /// The two sides go by different first names.
    FirstNames(String, String),
    /// The two sides have different birth dates.
    BirthDates(String, String),
    /// Both sides are known customers, and only something that people share (a phone, a device, a browser) links
    /// them, without the same name or birth date.
    Uncorroborated,
    /// Together they would hold more of a namespace than a person does.
    NamespaceLimit(Rank, u32),
    /// Together they would be larger than a profile may be.
    Size(u32),
    /// The mailbox is several people's.
    SharedMailbox,
    /// The mailbox is mostly another login's.
    Dominated(NodeId),
    /// The login is a member of staff's, and the value a customer's that they served.
    Operator,
}

/// The rule that accepted a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LinkRule {
    /// An operator said so.
    MustLink(FactId),
    /// An alias from a server key.
    Alias,
    /// Seen together in one interaction; the smaller the tier, the stronger the pair of namespaces.
    SeenTogether {
        /// The tier of the pair of namespaces.
        tier: u8,
    },
    /// The same name, birth date or mistyped mailbox, seen with the same thing; the smaller the layer, the stronger the
    /// thing.
    SameThing {
        /// The layer of the thing: 1 a phone or card, 2 a device, 3 a browser.
        layer: u8,
    },
    /// A thing of the person.
    Owned,
}

/// On which days, by whom and with which identifiers two nodes were seen together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// Distinct days on which both were seen together; where a thing stands between, on which it was seen with the one
    /// that it was seen with less often.
    pub days: u32,
    /// The first of them.
    pub first: Option<Day>,
    /// The last of them.
    pub last: Option<Day>,
    /// What both were seen with, where they were not seen together themselves.
    pub through: Option<NodeId>,
    /// The write keys and imports that said so (a bounded number of them).
    pub sources: BTreeSet<Source>,
    /// The strands that show it, each with its anchor (a bounded number of them): their messages are found there.
    pub strands: BTreeSet<(IdentifierId, StrandId)>,
}

/// An accepted link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// One end: the one nearer to the start of the path.
    pub from: NodeId,
    /// The other end.
    pub to: NodeId,
    /// Why it was accepted.
    pub rule: LinkRule,
    /// Where it was seen.
    pub seen: Sighting,
}

/// The two values that a predicate found to contradict each other, that of the first end first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// Two nodes: two logins of which a person has one.
    Nodes(NodeId, NodeId),
    /// Two values: names, birth dates.
    Values(String, String),
}

/// A link that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// One end.
    pub from: NodeId,
    /// The other end.
    pub to: NodeId,
    /// The predicate that refused it.
    pub reason: Reason,
    /// What contradicts what, where the predicate is about two values.
    pub contradiction: Option<Contradiction>,
    /// Where it was seen.
    pub seen: Sighting,
}

/// A link that was never tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A value that a rule or a fact blocks stands between them.
    Blocked(NodeId),
    /// Something stands between them that is several people's.
    Shared(NodeId),
    /// One of them is a thing that is the other one's on some days only.
    ByDay {
        /// The thing.
        node: NodeId,
        /// The days.
        days: Vec<DayRange>,
    },
    /// A hub stands between them.
    Hub {
        /// The hub.
        node: NodeId,
        /// The namespace that it has too many neighbours in.
        rank: Rank,
        /// How many.
        neighbours: u32,
        /// How many may link.
        cap: u32,
    },
}

impl Stopped {
    /// What links no one.
    #[must_use]
    pub fn node(&self) -> NodeId {
        match self {
            Self::Blocked(node) | Self::Shared(node) => *node,
            Self::ByDay { node, .. } | Self::Hub { node, .. } => *node,
        }
    }
}

/// A node of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureNode {
    /// The node.
    pub node: NodeId,
    /// The rank of its namespace.
    pub rank: Rank,
    /// The matching key's value.
    pub key: String,
    /// Which of the interactions under it are the profile's; none for a node that was kept out.
    pub scope: Option<Scope>,
}

/// Nodes of one namespace that a picture holds. The rest are counted.
pub const PICTURE_NODES_OF_RANK_MAX: usize = 64;
/// Nodes that a picture holds: members, and those that were kept out of the profile.
pub const PICTURE_NODES_MAX: usize = 512;
/// Refused links that a picture holds. The rest are counted.
pub const PICTURE_REFUSED_MAX: usize = 64;

/// A profile as a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The nodes, members first, the strongest first.
    pub nodes: Vec<PictureNode>,
    /// The links that made the profile, and those by which it has its things; both ends are among the nodes.
    pub links: Vec<Step>,
    /// The index of the weakest of the links that made the profile.
    pub weakest: Option<usize>,
    /// Links of its nodes that were refused; both ends are among the nodes.
    pub refused: Vec<Refused>,
    /// Members that are not among the nodes, by rank.
    pub omitted: BTreeMap<Rank, u32>,
    /// Refused links that are left out.
    pub refused_omitted: u32,
    /// True when what lies around the profile is too much to compute its links again.
    pub unlinked: bool,
}

/// The answer to "why are these one, or why not?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// No evidence names this one.
    Unknown(NodeId),
    /// Both have the same matching key.
    SameNode(NodeId),
    /// One customer: the accepted links from one to the other.
    Linked {
        /// The path.
        path: Vec<Step>,
        /// The index of its weakest step.
        weakest: usize,
    },
    /// Not one customer: the refused links on the shortest way between their profiles.
    Refused(Vec<Refused>),
    /// Not one customer: what they share links no one.
    Stopped(Stopped, Sighting),
    /// Nothing connects them.
    NoPath,
    /// What lies around them is more than can be worked through at once.
    Pending,
}
