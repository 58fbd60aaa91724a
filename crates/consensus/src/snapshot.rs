//! Snapshots of a group.
//!
//! The state of a group is on disk, and changes in the same write-ahead log as the group's log. So
//! *that* is the snapshot which a log may be purged under: building one is to note how far the state
//! is. Files are made only for somebody who needs them: a peer, a backup, a test.
//!
//! - Files come from a checkpoint of the store, and the position in their manifest is read from the
//!   checkpoint itself: nothing in them is applied twice after an install.
//! - An install is refused when the files are not at the position that the leader said.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use openraft::{BasicNode, RaftSnapshotBuilder};

use crate::error::Error;
use crate::runtime::Runtime;
use crate::state_machine::State;
use crate::type_config::{LeaderId, SnapshotMeta, Types};

pub(crate) type Snapshot = openraft::Snapshot<LeaderId, u64, BasicNode, SnapshotData>;

/// Where the data of a snapshot is.
pub(crate) enum SnapshotData {
    /// The state of this node, as it is when somebody asks for files of it.
    Own(Arc<State>),
    /// Files in a directory.
    Files(PathBuf),
}

/// Notes how far the state on disk is.
pub(crate) struct Marker {
    state: Arc<State>,
    meta: Option<io::Result<SnapshotMeta>>,
}

impl Marker {
    /// `meta` is taken between two applies, so that position and membership belong together.
    pub(crate) fn new(state: Arc<State>, meta: io::Result<SnapshotMeta>) -> Self {
        Marker {
            state,
            meta: Some(meta),
        }
    }
}

impl<R: Runtime> RaftSnapshotBuilder<Types<R>> for Marker {
    type SnapshotData = SnapshotData;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        let meta = self.meta.take().unwrap_or_else(|| self.state.meta())?;
        Ok(Snapshot {
            meta,
            snapshot: SnapshotData::Own(self.state.clone()),
        })
    }
}

impl SnapshotData {
    pub(crate) fn install(self, _state: &State, _meta: &SnapshotMeta) -> Result<(), Error> {
        todo!()
    }
}

impl State {
    pub(crate) fn export(&self, _directory: &Path) -> Result<(), Error> {
        todo!()
    }
}
