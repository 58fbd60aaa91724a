//! What a lookup answers.

use serde::{Deserialize, Serialize};

use crate::{CandidateRow, IdentifierId, NodeId, Rank, Scope, StrandId};

/// The answer to a lookup by node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// No evidence names it.
    Unknown,
    /// It belongs to a profile.
    Profile(ProfileView),
    /// Several customers share it, so that it names none. The profile is what is known of the thing itself.
    Shared {
        /// What was seen with it and with nobody.
        profile: ProfileView,
        /// The namespaces of people (accounts, addresses, numbers, cards) that it has too many neighbours in.
        sides: Vec<HubSide>,
        /// The profiles of those who share it, or were seen with it: where its own profile id leads now. At most
        /// [`SHARERS_SHOWN_MAX`].
        sharers: Vec<IdentifierId>,
        /// True when there are more of them.
        more: bool,
    },
    /// A rule or a fact says that the value means nothing.
    Blocked {
        /// The value alone.
        profile: ProfileView,
    },
}

/// A namespace towards which a node is a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubSide {
    /// The neighbours' namespace.
    pub rank: Rank,
    /// Distinct neighbours in it.
    pub neighbours: u32,
    /// How many may link.
    pub cap: u32,
}

/// Profiles that are named for something that is shared.
pub const SHARERS_SHOWN_MAX: usize = 16;

/// Identifiers of a profile that a view holds, so that a mailbox with countless tags cannot make a lookup endless.
pub const IDENTIFIERS_SHOWN_MAX: usize = 4_096;

/// Member rows of a profile that one row holds a copy of. A profile with more of them is read from their range: the copy is
/// written again with every change of a member, and must stay small.
pub const EXTENT_ROWS_MAX: usize = 64;

/// One profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileView {
    /// The node that the profile's rows stand under.
    pub root: NodeId,
    /// The profile id: of its strongest namespace, the smallest identifier.
    pub canonical: IdentifierId,
    /// Its nodes, the strongest first.
    pub members: Vec<Member>,
    /// Strands under identifiers that are nobody's, which are this profile's all the same.
    pub strands: Vec<StrandPart>,
    /// True when evidence about a member waits to be worked in.
    pub pending: bool,
    /// True when the profile has more than [`IDENTIFIERS_SHOWN_MAX`] identifiers and the rest are left out.
    pub truncated: bool,
}

/// A node of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The node.
    pub node: NodeId,
    /// The rank of its namespace.
    pub rank: Rank,
    /// The matching key's value.
    pub key: String,
    /// Which of the interactions under its identifiers are the profile's.
    pub scope: Scope,
    /// Its identifiers in order of id.
    pub identifiers: Vec<MemberIdentifier>,
}

/// A strand of a profile whose anchor is not the profile's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrandPart {
    /// The identifier that its interactions are stored under.
    pub anchor: IdentifierId,
    /// The rank of its namespace.
    pub rank: Rank,
    /// The strand.
    pub strand: StrandId,
    /// Which of its interactions are the profile's.
    pub scope: Scope,
}

/// An identifier of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberIdentifier {
    /// Its id.
    pub id: IdentifierId,
    /// The canonical value.
    pub canonical: String,
    /// True when interactions can be stored under it.
    pub is_anchor: bool,
}

/// A link that was refused, seen from a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The member.
    pub node: NodeId,
    /// The node that it was not linked to.
    pub other: NodeId,
    /// Why.
    pub refused: CandidateRow,
}
