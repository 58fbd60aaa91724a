//! The commands in the groups' logs, and the outcomes of applying them.
//!
//! - A command holds everything that is not a function of the state: applying it gives the same rows on every replica.
//! - A refusal is an outcome. What is not decided here (an IO error) stops the node.
//! - They are stored types: an older log must be readable by a newer program.

use acquaint_identity::{
    Evidence, EvidenceIdentifier, Fact, FactId, Refusal, RulesRow, Testimony, Undo,
};
use acquaint_profile::{IdentifierId, Interaction, StrandId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::codec::{self, Stored};
use crate::{
    GroupId, KeyDigest, MessageHash, Slot, SlotMap,
    row::{AccessKeyRow, FeedPosition, MemberRow, WorkspaceRow, stored},
};

/// A command of a group's log.
pub trait Command: Stored {
    /// What applying it answers.
    type Outcome: Stored;

    /// The version of the commands that brought it: every program that knows that version can apply it. A command that means
    /// more than it did is a new one.
    fn since(&self) -> u16;
}

/// A command of an anchors group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnchorsCommand {
    /// Take interactions in.
    Ingest(IngestBatch),
    /// Forget what the identity group has taken.
    TrimOutbox {
        /// The last row to forget.
        through: FeedPosition,
    },
    /// Forget changes that every cursor has passed.
    TrimChanges {
        /// The last row to forget.
        through: FeedPosition,
    },
    /// Derive the evidence of a strand again, without one of its messages or with it.
    Revoke(RevokeMessage),
    /// Put the evidence of strands into the outbox again, as it is.
    Reemit(ReemitStrands),
    /// Go by this division of the slots. Never by an earlier one than before.
    SetSlots(SlotMap),
}

/// Interactions of one workspace whose anchors one group owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestBatch {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The interactions, in the order of the outcomes.
    pub messages: Vec<IngestMessage>,
}

/// One interaction, with everything settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestMessage {
    /// What happened.
    pub interaction: Interaction,
    /// Whether the anchor's rollups are kept per UTC day.
    pub by_day: bool,
    /// The exact set of its identifiers.
    pub strand: StrandId,
    /// The strongest of them.
    pub anchor: IdentifierId,
    /// They themselves.
    pub identifiers: Vec<EvidenceIdentifier>,
    /// What it says about them.
    pub testimony: Testimony,
}

/// A message that an anchor has, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeMessage {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The anchor.
    pub anchor: IdentifierId,
    /// The set of identifiers.
    pub strand: StrandId,
    /// The message.
    pub message: MessageHash,
    /// The fact that is stated or undone.
    pub fact: FactId,
    /// Whether it is stated: the message says nothing about identity until every such fact is undone.
    pub revoked: bool,
}

/// A page of the strands of a workspace, in the order of their slots, anchors and ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReemitStrands {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The first slot of the group.
    pub first: Slot,
    /// The last slot of the group.
    pub last: Slot,
    /// Where the page before this one ended.
    pub after: Option<StrandPlace>,
}

/// Strands that one command puts into the outbox again.
pub const REEMIT_STRANDS_MAX: usize = 1_000;

/// A strand of an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrandPlace {
    /// The anchor.
    pub anchor: IdentifierId,
    /// The strand.
    pub strand: StrandId,
}

/// What became of a command of an anchors group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnchorsOutcome {
    /// One outcome per message.
    Ingested(Vec<MessageOutcome>),
    /// Rows were forgotten.
    Trimmed,
    /// The evidence is derived again, or was before.
    Revoked {
        /// The last outbox row of the strand.
        outbox: Option<FeedPosition>,
    },
    /// The message cannot be revoked.
    NotRevoked(NotRevoked),
    /// The evidence of some strands is in the outbox again.
    Reemitted {
        /// How many strands.
        strands: u32,
        /// The last outbox row; none when there was no strand.
        outbox: Option<FeedPosition>,
        /// The last strand, when there may be more after it.
        next: Option<StrandPlace>,
    },
    /// The group goes by the division of the slots that was named, or by a later one.
    SlotsSet,
    /// A slot of the command is not the group's: nothing of it was applied.
    NotOwner {
        /// The version of the division that the group goes by; 0 before the first one.
        version: u64,
    },
}

/// Why a message is not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NotRevoked {
    /// The anchor has no such message of this strand.
    #[error("there is no such message")]
    Unknown,
    /// To derive the evidence again, too much would have to be read at once.
    #[error(
        "more than {REVOKE_INTERACTIONS_MAX} interactions came with the same identifiers: revoke the source instead"
    )]
    TooManyInteractions,
    /// Too many facts revoke it.
    #[error("{REVOKE_FACTS_MAX} facts revoke this message already")]
    TooManyFacts,
}

/// Interactions of a strand that are read when one of its messages is revoked or restored, all in one command.
pub const REVOKE_INTERACTIONS_MAX: usize = 10_000;
/// Facts that can revoke one message.
pub const REVOKE_FACTS_MAX: usize = 16;

/// What became of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageOutcome {
    /// It was there already.
    pub duplicate: bool,
    /// Its id was there already, under other identifiers.
    pub id_reused: bool,
    /// The last outbox row of its strand: the identity group must have taken it before the reply.
    pub outbox: Option<FeedPosition>,
}

/// A command of an identity group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IdentityCommand {
    /// Make a workspace known, with its rules.
    DefineWorkspace {
        /// The workspace.
        workspace: WorkspaceId,
        /// Its rules.
        rules: RulesRow,
    },
    /// Take rows of an anchors group's outbox.
    Observe {
        /// The anchors group.
        from: GroupId,
        /// The rows, in order; those up to the watermark are passed over.
        rows: Vec<ObserveRow>,
    },
    /// Take an operator fact.
    State {
        /// The workspace.
        workspace: WorkspaceId,
        /// The fact.
        fact: Fact,
    },
    /// Take an operator fact back.
    UndoFact {
        /// The workspace.
        workspace: WorkspaceId,
        /// The fact.
        fact: FactId,
        /// Who takes it back, when and why.
        undo: Undo,
    },
    /// Do a bounded piece of the work that other commands put off.
    Step {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// Begin to build a partition under other rules, beside the one that serves.
    BuildRules {
        /// The workspace.
        workspace: WorkspaceId,
        /// The other rules.
        rules: RulesRow,
    },
    /// Have the partition serve that was built under an epoch's rules.
    SwitchRules {
        /// The workspace.
        workspace: WorkspaceId,
        /// The epoch.
        epoch: u32,
    },
    /// Build under an epoch's rules no longer.
    CancelRules {
        /// The workspace.
        workspace: WorkspaceId,
        /// The epoch.
        epoch: u32,
    },
}

/// A row of an outbox with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObserveRow {
    /// Its place in the outbox.
    pub position: FeedPosition,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The whole state of one (strand, source).
    pub evidence: Evidence,
}

/// What became of a command of an identity group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdentityOutcome {
    /// The workspace is known.
    Defined,
    /// The rows are taken, up to here.
    Observed {
        /// The watermark of the anchors group.
        watermark: FeedPosition,
        /// Whether work is left for steps.
        pending: bool,
    },
    /// The fact, or its withdrawal, is taken.
    Taken {
        /// Whether work is left for steps.
        pending: bool,
    },
    /// The fact, or its withdrawal, is refused.
    Refused(Refusal),
    /// No workspace of this number is known here.
    UnknownWorkspace,
    /// A piece of the work is done.
    Stepped {
        /// Whether work is left for more steps.
        pending: bool,
    },
    /// The rules are an epoch, and its partition is being built.
    Building {
        /// Its number.
        epoch: u32,
    },
    /// The epoch serves, or is built no longer.
    Settled,
    /// The rules cannot be changed like this now.
    NotNow(RulesRefusal),
}

/// Why rules are not changed: an outcome, the same on every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum RulesRefusal {
    /// One at a time.
    #[error("epoch {epoch} is being built: switch to it, or cancel it first")]
    Building {
        /// The epoch.
        epoch: u32,
    },
    /// The rows of an epoch have to be gone before the next one is built.
    #[error("the rows of epoch {epoch} are still being removed: try again soon")]
    Leaving {
        /// The epoch.
        epoch: u32,
    },
    /// There is nothing to switch to, or to cancel.
    #[error("epoch {epoch} is not being built")]
    NotBuilding {
        /// The epoch that was named.
        epoch: u32,
    },
    /// It does not yet hold what its rules say.
    #[error("epoch {epoch} is not ready: its partition is still being built")]
    NotReady {
        /// The epoch.
        epoch: u32,
    },
}

/// A command of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistryCommand {
    /// Make a workspace; one that is there already must be the same.
    DefineWorkspace(WorkspaceRow),
    /// Replace all access keys.
    SetAccessKeys(Vec<(KeyDigest, AccessKeyRow)>),
    /// Set the division of the slots; one that is there already must be of a smaller version, or the same.
    SetSlotMap(SlotMap),
    /// Make a node known that is going to join. Its id is the index of this command.
    Admit {
        /// Where other nodes will reach it.
        peer_address: String,
        /// Where clients will reach it.
        http_address: String,
    },
    /// A node has started, with these addresses and this program. It makes the first node of a cluster known.
    Announce {
        /// The node.
        node: u64,
        /// What it says of itself; whether it drains stays as it is.
        member: MemberRow,
    },
    /// Have a node lead no group, or let it lead again.
    SetDraining {
        /// The node.
        node: u64,
        /// Whether it drains.
        draining: bool,
    },
    /// Forget a node that has left every group.
    Forget {
        /// The node.
        node: u64,
    },
    /// Let commands of this version be proposed. Never a smaller one than before.
    AllowCommands(u16),
}

/// The newest commands that this program can apply. One that an older program does not know is proposed only once every
/// node of the cluster can apply it: see [`Command::since`] and [`RegistryCommand::AllowCommands`].
pub const COMMANDS: u16 = 1;
/// Nodes of a cluster, with those that were admitted and did not come.
pub const NODES_MAX: usize = 32;

/// What became of a command of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistryOutcome {
    /// It is done, or was done before.
    Done,
    /// It contradicts what was settled before.
    Refused {
        /// What it contradicts.
        reason: String,
    },
    /// The node is known.
    Admitted {
        /// Its id.
        node: u64,
    },
    /// No node has this id.
    UnknownNode,
}

stored!(
    AnchorsCommand,
    AnchorsOutcome,
    IdentityCommand,
    IdentityOutcome,
    RegistryCommand,
    RegistryOutcome
);

impl AnchorsCommand {
    /// Whether an encoded command takes interactions in: what it costs grows with its bytes.
    pub fn is_ingest(bytes: &[u8]) -> bool {
        codec::variant(bytes) == Some(0)
    }
}

impl IdentityCommand {
    /// Whether an encoded command takes rows of an outbox.
    pub fn is_observe(bytes: &[u8]) -> bool {
        codec::variant(bytes) == Some(1)
    }
}

impl Command for AnchorsCommand {
    type Outcome = AnchorsOutcome;

    fn since(&self) -> u16 {
        match self {
            Self::Ingest(_)
            | Self::TrimOutbox { .. }
            | Self::TrimChanges { .. }
            | Self::Revoke(_)
            | Self::Reemit(_)
            | Self::SetSlots(_) => 1,
        }
    }
}

impl Command for IdentityCommand {
    type Outcome = IdentityOutcome;

    fn since(&self) -> u16 {
        match self {
            Self::DefineWorkspace { .. }
            | Self::Observe { .. }
            | Self::State { .. }
            | Self::UndoFact { .. }
            | Self::Step { .. }
            | Self::BuildRules { .. }
            | Self::SwitchRules { .. }
            | Self::CancelRules { .. } => 1,
        }
    }
}

impl Command for RegistryCommand {
    type Outcome = RegistryOutcome;

    fn since(&self) -> u16 {
        match self {
            Self::DefineWorkspace(_)
            | Self::SetAccessKeys(_)
            | Self::SetSlotMap(_)
            | Self::Admit { .. }
            | Self::Announce { .. }
            | Self::SetDraining { .. }
            | Self::Forget { .. }
            | Self::AllowCommands(_) => 1,
        }
    }
}
