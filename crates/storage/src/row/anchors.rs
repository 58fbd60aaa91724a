//! The rows of an anchors group.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use acquaint_identity::{Evidence, FactId, Testimony};
use acquaint_profile::{IdentifierId, Interaction, Rollup, StrandId, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::stored;
use crate::InteractionId;

/// The place of a row in a group's outbox or change feed: the log entry that made it, and its number in that entry.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct FeedPosition {
    /// The index of the log entry.
    pub index: u64,
    /// The number of the row among those of the entry.
    pub seq: u32,
}

impl fmt::Display for FeedPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.seq)
    }
}

/// One interaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractionRow {
    /// What happened.
    pub interaction: Interaction,
    /// The set of identifiers that it came with.
    pub strand: StrandId,
    /// What it says about identity.
    pub testimony: Testimony,
    /// The facts that have revoked it: while there are any, it says nothing about identity. What happened has happened, and
    /// stays.
    pub revoked_by: BTreeSet<FactId>,
}

/// That an anchor has seen a message, and where the interaction stands in its timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRow {
    /// The set of identifiers that it came with.
    pub strand: StrandId,
    /// Whether its id has come with other identifiers too; told by the row of the smallest strand.
    pub reused: bool,
    /// The time in the interaction's key.
    pub time: Timestamp,
    /// The id in the interaction's key.
    pub row: InteractionId,
}

/// The folded state of an anchor: of all of it, or of one day where days are kept too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupRow {
    /// The fold.
    pub rollup: Rollup,
}

/// What a set of identifiers says about identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrandRow {
    /// The evidence by source.
    pub sources: BTreeMap<String, Evidence>,
    /// The last outbox row that any of it went into.
    pub last_outbox: Option<FeedPosition>,
}

/// That an interaction is one of a strand; its key says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrandInteractionRow;

/// Evidence on its way to the identity group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The whole state of one (strand, source).
    pub evidence: Evidence,
}

/// That a command has added interactions to anchors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The interactions, in the order of the command.
    pub added: Vec<Added>,
}

/// An interaction that was added to an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The anchor.
    pub anchor: IdentifierId,
    /// The set of identifiers.
    pub strand: StrandId,
    /// The time in the interaction's key.
    pub time: Timestamp,
    /// The id in the interaction's key.
    pub row: InteractionId,
}

stored!(
    FeedPosition,
    InteractionRow,
    SeenRow,
    RollupRow,
    StrandRow,
    StrandInteractionRow,
    OutboxRow,
    ChangeRow
);
