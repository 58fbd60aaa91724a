//! The rows of an identity group.

use acquaint_identity::{ProfileChange, RowValue};
use acquaint_profile::WorkspaceId;
use serde::{Deserialize, Serialize};

use super::{FeedPosition, stored};

/// A row of a workspace's identity graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityRow(pub RowValue);

/// A change of profile ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChangeRow {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The old and the new ids, and why.
    pub change: ProfileChange,
}

/// How far back the changes of profile ids of a group go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileFeedRow {
    /// Changes that are kept.
    pub rows: u64,
    /// The last change that was forgotten.
    pub trimmed_through: FeedPosition,
}

/// The last row of an anchors group's outbox that the identity group has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WatermarkRow {
    /// Its place in the outbox.
    pub position: FeedPosition,
}

stored!(IdentityRow, ProfileChangeRow, ProfileFeedRow, WatermarkRow);
