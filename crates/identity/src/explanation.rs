//! Why two identifiers are one customer, or why they are not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Day, FactId, NodeId, Rank, Source};

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

/// An accepted link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// One end: the one nearer to the start of the path.
    pub from: NodeId,
    /// The other end.
    pub to: NodeId,
    /// Why it was accepted.
    pub rule: LinkRule,
    /// Distinct days on which both were seen together.
    pub days: u32,
    /// The first of them.
    pub first: Option<Day>,
    /// The last of them.
    pub last: Option<Day>,
    /// The write keys and imports that said so (a bounded number of them).
    pub sources: BTreeSet<Source>,
    /// Messages that show it (a bounded number of them).
    pub sample_message_ids: BTreeSet<String>,
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
    /// Distinct days on which both were seen together.
    pub days: u32,
}

/// A link that was never tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A value that a rule or a fact blocks stands between them.
    Blocked(NodeId),
    /// Something stands between them that is several people's.
    Shared(NodeId),
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

/// A node of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureNode {
    /// The node.
    pub node: NodeId,
    /// The rank of its namespace.
    pub rank: Rank,
    /// The matching key's value.
    pub key: String,
    /// True for a node of the profile, false for one that was kept out.
    pub is_member: bool,
}

/// Nodes and links that a picture holds.
pub(crate) const PICTURE_LINKS_MAX: usize = 256;

/// A profile as a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The nodes, members first, the strongest first.
    pub nodes: Vec<PictureNode>,
    /// The links that made the profile, and those by which it has its things.
    pub links: Vec<Step>,
    /// Links of its nodes that were refused.
    pub refused: Vec<Refused>,
    /// True when there are more than 256 links.
    pub truncated: bool,
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
    Stopped(Stopped),
    /// Nothing connects them.
    NoPath,
    /// What lies around them is more than can be worked through at once.
    Pending,
}
