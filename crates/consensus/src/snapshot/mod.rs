//! Snapshots of a group.
//!
//! The state of a group is on disk, and changes in the same write-ahead log as the group's log. So
//! *that* is the snapshot which a log may be purged under: building one is to note how far the state
//! is. Files are made only for somebody who needs them: a peer, a backup, a test.
//!
//! - Between nodes it goes in pieces, from `send` to `receive`.
//! - Files come from a checkpoint of the store, and the position in their manifest is read from the
//!   checkpoint itself: nothing in them is applied twice after an install.
//! - An install is refused when the files are not at the position that the leader said.

mod exports;
mod receive;
mod send;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use acquaint_storage::{Manifest, SnapshotFiles};
use openraft::{BasicNode, RaftSnapshotBuilder};

use crate::error::Error;
use crate::rows;
use crate::runtime::Runtime;
use crate::state_machine::State;
use crate::type_config::{LeaderId, SnapshotMeta, Types};

pub(crate) use exports::Exports;
pub(crate) use receive::Receiver;
pub(crate) use send::Sender;

/// The name of the files that are made for a peer.
const SENDING: &str = "sending";

pub(crate) type Snapshot = openraft::Snapshot<LeaderId, u64, BasicNode, SnapshotData>;

/// Where the data of a snapshot is.
pub(crate) enum SnapshotData {
    /// The state of this node, as it is when somebody asks for files of it.
    Own(Arc<State>),
    /// Files in a directory, which a peer has sent.
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
    /// Replaces the state of a group by this snapshot, which must be of the position in `meta`.
    pub(crate) fn install(self, state: &State, meta: &SnapshotMeta) -> Result<(), Error> {
        match self {
            SnapshotData::Files(directory) => install_files(state, &directory, meta),
            SnapshotData::Own(from) => {
                let name = meta.last_log_id.map_or(0, |id| id.index).to_string();
                let directory = state.store.snapshot_dir(state.group, &name);
                from.export(&directory)?;
                install_files(state, &directory, meta)
            }
        }
    }
}

impl State {
    /// Writes the state of the group, as it is now, to files in `directory`.
    pub(crate) fn export(&self, directory: &Path) -> Result<(), Error> {
        let checkpoint = self.store.checkpoint()?;
        checkpoint.export(self.group, &self.slot_map, directory)?;
        Ok(())
    }

    /// The state in files for a peer: those that are there from an earlier attempt, or new ones.
    pub(crate) fn export_to_send(&self) -> Result<SnapshotFiles, Error> {
        let _one_at_a_time = self.exports.making.lock();
        if let Some(files) = self.exports.files() {
            return Ok(files);
        }
        let directory = self.store.snapshot_dir(self.group, SENDING);
        let checkpoint = self.store.checkpoint()?;
        let files = checkpoint.export(self.group, &self.slot_map, &directory)?;
        let meta = meta_of(files.manifest()).map_err(|error| Error::Damaged {
            group: self.group,
            reason: error.to_string(),
        })?;
        let index = meta.last_log_id.map_or(0, |id| id.index);
        self.exports.put(files.clone(), index);
        Ok(files)
    }

    /// The position that a peer has reached, at least, once it was sent the state: that of the files that are there, which
    /// may be older than the state. A leader that took the peer to be further would count entries as held by it that it never
    /// got.
    pub(crate) fn meta_to_send(&self) -> io::Result<SnapshotMeta> {
        match self.exports.files() {
            Some(files) => meta_of(files.manifest()),
            None => self.meta(),
        }
    }

    /// How far the log may be purged for the sake of peers that are being sent files; removes files that nobody needs any more.
    pub(crate) fn look_at_exports(&self) -> Result<Option<u64>, Error> {
        let (kept_from, unneeded) = self.exports.look();
        if let Some(files) = unneeded {
            self.store.remove_snapshot(&files)?;
        }
        Ok(kept_from)
    }
}

/// The position and the members that files were made at.
fn meta_of(manifest: &Manifest) -> io::Result<SnapshotMeta> {
    let applied = manifest.applied.as_deref().map(rows::decode_log_id);
    let membership = manifest.membership.as_deref().map(rows::decode_membership);
    Ok(SnapshotMeta {
        last_log_id: applied.transpose()?,
        last_membership: membership.transpose()?.unwrap_or_default(),
    })
}

fn install_files(state: &State, directory: &Path, meta: &SnapshotMeta) -> Result<(), Error> {
    let files = SnapshotFiles::open(directory)?;
    files.verify()?;
    let manifest = files.manifest();
    let unfit = |reason: &str| Error::Snapshot {
        group: state.group,
        reason: reason.to_string(),
    };
    if manifest.group != state.group {
        return Err(unfit("it is of another group"));
    }
    if manifest.slot_map != state.slot_map {
        return Err(unfit("it is of another division of the slots"));
    }
    // Were it later than the leader says, the entries in between would be applied twice.
    if manifest.applied != meta.last_log_id.map(rows::encode_log_id) {
        return Err(unfit("it is not at the position that the leader names"));
    }
    state.store.install(&files)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_storage::{GroupId, SlotMap, StateMeta, Store, StoreOptions};
    use openraft::vote::RaftLeaderId;

    use super::*;
    use crate::machine::Nothing;
    use crate::options::Threading;
    use crate::type_config::{LogId, StoredMembership};

    fn state(directory: &Path, slot_map: SlotMap) -> State {
        let mut options = StoreOptions::new(directory);
        options.sync = false;
        let store = Store::open(&options).unwrap();
        State::new(
            GroupId::Anchors(0),
            store,
            slot_map,
            Arc::new(Nothing),
            Threading::Inline,
        )
    }

    fn id(index: u64) -> LogId {
        LogId::new(LeaderId::new(3, 1), index)
    }

    fn meta(index: u64) -> SnapshotMeta {
        SnapshotMeta {
            last_log_id: Some(id(index)),
            last_membership: StoredMembership::default(),
        }
    }

    /// Files of an earlier attempt are sent again while the group goes on.
    #[test]
    fn what_is_promised_of_a_peer_is_what_it_is_sent() {
        let directory = tempfile::tempdir().unwrap();
        let state = state(directory.path(), SlotMap::new(2));
        let apply = |index| {
            let mut batch = state.store.batch(state.group);
            batch.put_meta(StateMeta::Applied, rows::encode_log_id(id(index)));
            batch.commit().unwrap();
        };
        let promised = || state.meta_to_send().unwrap().last_log_id;
        apply(9);
        assert_eq!(promised(), Some(id(9)));
        let files = state.export_to_send().unwrap();
        apply(12);
        assert_eq!(
            files.manifest().applied,
            state.export_to_send().unwrap().manifest().applied
        );
        assert_eq!(promised(), Some(id(9)));
        state.exports.done();
        state.look_at_exports().unwrap();
        assert_eq!(promised(), Some(id(12)));
    }

    #[test]
    fn files_are_installed_only_at_the_position_that_the_leader_names() {
        let directories = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let from = state(directories[0].path(), SlotMap::new(2));
        let mut batch = from.store.batch(from.group);
        batch.put_meta(StateMeta::Applied, rows::encode_log_id(id(9)));
        batch.commit().unwrap();
        let files = directories[0].path().join("files");
        from.export(&files).unwrap();

        let to = state(directories[1].path(), SlotMap::new(2));
        let install = |meta| SnapshotData::Files(files.clone()).install(&to, &meta);
        for other in [8, 10] {
            assert!(matches!(install(meta(other)), Err(Error::Snapshot { .. })));
        }
        assert_eq!(to.applied().unwrap(), None);
        install(meta(9)).unwrap();
        assert_eq!(to.applied().unwrap(), Some(id(9)));

        let divided = state(directories[2].path(), SlotMap::new(3));
        let unfit = SnapshotData::Files(files.clone()).install(&divided, &meta(9));
        assert!(matches!(unfit, Err(Error::Snapshot { .. })));
    }
}
