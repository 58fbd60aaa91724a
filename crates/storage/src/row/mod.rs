//! The rows: those of CF data, each with its key's kind, and those that the consensus crate keeps in CF log and meta.
//!
//! - Every type here is on disk. A change of one is a new version ([`crate::codec::Stored`]), never an edit.
//! - The frozen bytes of every version are in `tests/frozen/`.

mod anchors;
mod consensus;
mod identity;
mod registry;

pub use anchors::{
    Added, ChangeRow, FeedPosition, InteractionRow, OutboxRow, RollupRow, SeenRow,
    StrandInteractionRow, StrandRow,
};
pub use consensus::{EntryRow, MembersRow, MembershipRow, PayloadRow, PositionRow, VoteRow};
pub use identity::{IdentityRow, ProfileChangeRow, ProfileFeedRow, WatermarkRow};
pub use registry::{
    AccessKeyRow, AccessRight, MemberRow, NodeRow, SettingRow, WorkspaceNameRow, WorkspaceRow,
};

/// Makes a row a stored type in its first version.
macro_rules! stored {
    ($($row:ident),+ $(,)?) => {
        $(
            impl crate::codec::Stored for $row {
                const NAME: &'static str = stringify!($row);
                const VERSION: u8 = 1;
            }
        )+
    };
}
pub(crate) use stored;
