//! Ranges of keys of CF data, for scans and snapshots.

use acquaint_identity::RowPrefix;
use acquaint_profile::{Day, IdentifierId, StrandId, Timestamp, WorkspaceId};

use crate::{
    GroupId, Key, MessageHash, Slot, identity_key,
    key::{INPUTS, kind},
    key_bytes::KeyWriter,
};

/// The keys from `from` (included) up to `to` (excluded).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
}

impl KeyRange {
    /// Every interaction of a slot, of all workspaces.
    pub fn slot_interactions(slot: Slot) -> Self {
        Self::prefix(KeyWriter::partition(slot.number(), kind::INTERACTION))
    }

    /// Every interaction of a workspace in a slot.
    pub fn workspace_interactions(slot: Slot, workspace: WorkspaceId) -> Self {
        Self::prefix(KeyWriter::partition(slot.number(), kind::INTERACTION).u32(workspace.0))
    }

    /// The interactions of an anchor.
    pub fn interactions(workspace: WorkspaceId, anchor: &IdentifierId) -> Self {
        Self::prefix(KeyWriter::anchor(
            Slot::of(anchor),
            kind::INTERACTION,
            workspace,
            anchor,
        ))
    }

    /// The interactions of an anchor from one time (included) to another (excluded).
    pub fn interactions_between(
        workspace: WorkspaceId,
        anchor: &IdentifierId,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Self {
        let mut range = Self::interactions(workspace, anchor);
        let at = |time| {
            KeyWriter::anchor(Slot::of(anchor), kind::INTERACTION, workspace, anchor)
                .time(time)
                .finish()
        };
        if let Some(from) = from {
            range.from = at(from);
        }
        if let Some(to) = to {
            range.to = at(to);
        }
        range
    }

    /// The strands under which an anchor has seen a message.
    pub fn seen(workspace: WorkspaceId, anchor: &IdentifierId, message: MessageHash) -> Self {
        Self::prefix(
            KeyWriter::anchor(Slot::of(anchor), kind::SEEN, workspace, anchor).bytes(&message.0),
        )
    }

    /// The rollups of an anchor from one day to another, both included; never the one of the whole.
    pub fn rollups_of_days(
        workspace: WorkspaceId,
        anchor: &IdentifierId,
        from: Day,
        through: Day,
    ) -> Self {
        let of_day = |day| {
            KeyWriter::anchor(Slot::of(anchor), kind::ROLLUP, workspace, anchor)
                .day(Some(day))
                .finish()
        };
        Self {
            from: of_day(from),
            to: successor(of_day(through)),
        }
    }

    /// Whether all keys that can stand in the range share their first bytes, so many of them.
    pub(crate) fn is_within(&self, bytes: usize) -> bool {
        let Some(prefix) = self.from.get(..bytes) else {
            return false;
        };
        self.to <= successor(prefix.to_vec())
    }

    /// The strands of an anchor.
    pub fn strands(workspace: WorkspaceId, anchor: &IdentifierId) -> Self {
        Self::prefix(KeyWriter::anchor(
            Slot::of(anchor),
            kind::STRAND,
            workspace,
            anchor,
        ))
    }

    /// The strands of a workspace in a slot.
    pub fn workspace_strands(slot: Slot, workspace: WorkspaceId) -> Self {
        Self::prefix(KeyWriter::partition(slot.number(), kind::STRAND).u32(workspace.0))
    }

    /// The interactions of a strand from one time (included) to another (excluded).
    pub fn strand_interactions_between(
        workspace: WorkspaceId,
        anchor: &IdentifierId,
        strand: &StrandId,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Self {
        let of_strand = || {
            let slot = Slot::of(anchor);
            KeyWriter::anchor(slot, kind::STRAND_INTERACTION, workspace, anchor).bytes(&strand.0)
        };
        let mut range = Self::prefix(of_strand());
        if let Some(from) = from {
            range.from = of_strand().time(from).finish();
        }
        if let Some(to) = to {
            range.to = of_strand().time(to).finish();
        }
        range
    }

    /// The change feed of an anchors group.
    pub fn changes(group: GroupId) -> Self {
        Self::prefix(KeyWriter::group(group, kind::CHANGE))
    }

    /// The outbox of an anchors group.
    pub fn outbox(group: GroupId) -> Self {
        Self::prefix(KeyWriter::group(group, kind::OUTBOX))
    }

    /// The watermarks that an identity group keeps.
    pub fn watermarks(identity: GroupId) -> Self {
        Self::prefix(KeyWriter::group(identity, kind::WATERMARK))
    }

    /// The changes of profile ids of an identity group.
    pub fn profile_changes(group: GroupId) -> Self {
        Self::prefix(KeyWriter::group(group, kind::PROFILE_CHANGE))
    }

    /// Rows of a workspace's identity graph in an epoch, or of the inputs, which all epochs share.
    pub fn identity(
        group: GroupId,
        workspace: WorkspaceId,
        epoch: u32,
        prefix: &RowPrefix,
    ) -> Self {
        let epoch = if prefix.is_input() { INPUTS } else { epoch };
        let writer = KeyWriter::group(group, kind::IDENTITY)
            .u32(workspace.0)
            .u32(epoch);
        Self::prefix(writer.bytes(&identity_key::prefix(prefix)))
    }

    /// Everything that was derived in an epoch.
    pub fn identity_epoch(group: GroupId, workspace: WorkspaceId, epoch: u32) -> Self {
        let writer = KeyWriter::group(group, kind::IDENTITY);
        Self::prefix(writer.u32(workspace.0).u32(epoch))
    }

    /// Every workspace.
    pub fn workspaces() -> Self {
        Self::prefix(KeyWriter::group(GroupId::Registry, kind::WORKSPACE))
    }

    /// Every access key.
    pub fn access_keys() -> Self {
        Self::prefix(KeyWriter::group(GroupId::Registry, kind::ACCESS_KEY))
    }

    /// Every node of the cluster.
    pub fn nodes() -> Self {
        Self::prefix(KeyWriter::group(GroupId::Registry, kind::NODE))
    }

    /// Every setting.
    pub fn settings() -> Self {
        Self::prefix(KeyWriter::group(GroupId::Registry, kind::SETTING))
    }

    /// Only what comes after this key.
    pub fn after(mut self, key: &Key) -> Self {
        let mut from = key.encode();
        // The smallest string of bytes that is greater.
        from.push(0);
        self.from = self.from.max(from);
        self
    }

    /// Only what comes before this key.
    pub fn before(mut self, key: &Key) -> Self {
        self.to = self.to.min(key.encode());
        self
    }

    /// Only this key and what comes after it.
    pub fn starting_at(mut self, key: &Key) -> Self {
        self.from = self.from.max(key.encode());
        self
    }

    /// The rows of these partitions.
    pub(crate) fn partitions(from: u16, to: u16) -> Self {
        Self {
            from: from.to_be_bytes().to_vec(),
            to: to.to_be_bytes().to_vec(),
        }
    }

    /// Whether no key can be in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    fn prefix(writer: KeyWriter) -> Self {
        let from = writer.finish();
        Self {
            to: successor(from.clone()),
            from,
        }
    }
}

/// The smallest string of bytes that is greater than every string with this prefix.
pub(crate) fn successor(mut prefix: Vec<u8>) -> Vec<u8> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            return prefix;
        }
    }
    // No partition starts with 0xFF, so no prefix is made of it alone.
    vec![u8::MAX; 3]
}
