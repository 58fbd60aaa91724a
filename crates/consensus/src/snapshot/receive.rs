//! Receiving the state of a group from its leader.
//!
//! - A piece is written as it comes; its checksum is compared first. What is there survives a restart of the node.
//! - The position and the members are those that the files were made at, as their manifest says.
//! - Installing is openraft's decision: a snapshot that is older than the own state is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_storage::row::VoteRow;
use acquaint_storage::{GroupId, Incoming, Manifest, SnapshotFiles, Store};
use parking_lot::Mutex;

use crate::error::Error;
use crate::group::Group;
use crate::options::Threading;
use crate::rows;
use crate::runtime::Runtime;
use crate::snapshot::{Snapshot, SnapshotData, meta_of};
use crate::wire::{Answer, Piece, Refusal};
use crate::worker::blocking;

/// The snapshots that are being received, one of a group at a time.
pub(crate) struct Receiver {
    store: Store,
    threading: Threading,
    incoming: Mutex<BTreeMap<GroupId, Arc<Mutex<Option<Incoming>>>>>,
}

impl Receiver {
    pub(crate) fn new(store: Store, threading: Threading) -> Self {
        Receiver {
            store,
            threading,
            incoming: Mutex::default(),
        }
    }

    pub(crate) async fn offer<R: Runtime>(&self, manifest: Manifest) -> Answer {
        let slot = self.slot(manifest.group);
        let store = self.store.clone();
        let received = blocking::<R, _>(self.threading, move || {
            let mut slot = slot.lock();
            store.check_space()?;
            let incoming = store.receive(manifest)?;
            let bytes = incoming.bytes()?;
            *slot = Some(incoming);
            Ok(bytes)
        });
        match received.await {
            Ok(bytes) => Answer::Offered { bytes },
            Err(error) => not_now(&error),
        }
    }

    pub(crate) async fn piece<R: Runtime>(&self, piece: Piece) -> Answer {
        let slot = self.slot(piece.group);
        let written = blocking::<R, _>(self.threading, move || {
            let slot = slot.lock();
            let incoming = of(slot.as_ref(), piece.group, piece.manifest_digest)?;
            if crc32fast::hash(&piece.bytes) != piece.crc32 {
                return Err(unfit(piece.group, "a piece was damaged on the way"));
            }
            let file = usize::try_from(piece.file).unwrap_or(usize::MAX);
            incoming.write(file, piece.offset, &piece.bytes)?;
            Ok(())
        });
        match written.await {
            Ok(()) => Answer::Done,
            Err(error) => not_now(&error),
        }
    }

    /// Installs what was received.
    pub(crate) async fn install<R: Runtime>(
        &self,
        group: &Group<R>,
        vote: VoteRow,
        manifest_digest: u64,
    ) -> Answer {
        let (slot, id) = (self.slot(group.id()), group.id());
        let finished = blocking::<R, _>(self.threading, move || {
            let mut slot = slot.lock();
            of(slot.as_ref(), id, manifest_digest)?;
            match slot.take() {
                Some(incoming) => Ok(incoming.finish()?),
                None => Err(unfit(id, "nothing was offered")),
            }
        });
        let files = match finished.await {
            Ok(files) => files,
            Err(error) => return not_now(&error),
        };
        let snapshot = match snapshot(&files) {
            Ok(snapshot) => snapshot,
            Err(error) => return not_now(&error),
        };
        let installed = group
            .raft()
            .install_full_snapshot(rows::vote(vote), snapshot);
        let answer = match installed.await {
            Ok(response) => Answer::Installed {
                vote: rows::vote_row(&response.vote),
            },
            Err(error) => Answer::Refused(Refusal::Stopped {
                reason: error.to_string(),
            }),
        };
        let store = self.store.clone();
        let removed = blocking::<R, _>(self.threading, move || Ok(store.remove_snapshot(&files)?));
        if let Err(error) = removed.await {
            tracing::warn!(group = %id, %error, "the files of an installed snapshot are left");
        }
        answer
    }

    fn slot(&self, group: GroupId) -> Arc<Mutex<Option<Incoming>>> {
        self.incoming.lock().entry(group).or_default().clone()
    }
}

fn of(slot: Option<&Incoming>, group: GroupId, digest: u64) -> Result<&Incoming, Error> {
    slot.filter(|incoming| incoming.manifest().digest() == digest)
        .ok_or_else(|| unfit(group, "it was not offered, or another one was since"))
}

fn unfit(group: GroupId, reason: &str) -> Error {
    Error::Snapshot {
        group,
        reason: reason.to_string(),
    }
}

fn not_now(error: &Error) -> Answer {
    Answer::Refused(Refusal::NotNow {
        reason: error.to_string(),
    })
}

/// The snapshot as openraft wants it, at the position of its files.
fn snapshot(files: &SnapshotFiles) -> Result<Snapshot, Error> {
    let manifest = files.manifest();
    let meta = meta_of(manifest).map_err(|error| Error::Damaged {
        group: manifest.group,
        reason: error.to_string(),
    })?;
    Ok(Snapshot {
        meta,
        snapshot: SnapshotData::Files(files.dir().to_path_buf()),
    })
}
