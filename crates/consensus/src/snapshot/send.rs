//! Sending the state of a group to a peer.
//!
//! ```text
//! checkpoint ─► files ─► Offer ─► how much is there? ─► Piece, Piece, … ─► Install ─► the peer's vote
//! ```
//!
//! - One attempt after the other goes on where the last one ended: the files stay until the peer has them, and the log from
//!   their position on stays with them ([`Exports`]), so that the peer can follow from there.
//! - Few are sent at a time, each no faster than `bytes_per_second_max`, a piece after the other: a snapshot never crowds
//!   out the work of the node.
//! - What is sent is the state at the moment of the checkpoint, which may be later than what openraft asked for, and never
//!   earlier ([`State::meta_to_send`](crate::state_machine::State)). That is said in the manifest, and the peer installs it as such.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use acquaint_storage::{Manifest, SnapshotFiles};
use bytes::Bytes;
use openraft::errors::{NetworkError, StreamingError, Unreachable};
use tokio::sync::Semaphore;

use crate::counters::Counters;
use crate::error::Error;
use crate::network::ask;
use crate::options::{Options, Threading};
use crate::peer::{CallError, Lane, Transport};
use crate::rows;
use crate::runtime::{Instant, Runtime};
use crate::snapshot::exports::Exports;
use crate::snapshot::{Snapshot, SnapshotData, meta_of};
use crate::type_config::{LogId, Types, Vote};
use crate::wire::{Answer, Piece, Request};
use crate::worker::blocking;

/// The bytes of a piece.
const PIECE_BYTES: u64 = 1 << 20;
/// How long a peer may take to write a piece.
const PIECE_TIMEOUT: Duration = Duration::from_secs(20);

/// Sends snapshots of every group of the node.
#[derive(Clone)]
pub(crate) struct Sender {
    /// One permit for each that may be sent at the same time.
    permits: Arc<Semaphore>,
    bytes_per_second_max: u64,
    threading: Threading,
    counters: Arc<Counters>,
}

/// What went wrong on the way to a peer.
enum Failure {
    Call(CallError),
    Answer(Answer),
    Own(Error),
}

/// A snapshot on its way to a peer.
struct Transfer<'a> {
    sender: &'a Sender,
    transport: &'a dyn Transport,
    to: u64,
    files: SnapshotFiles,
}

impl Sender {
    pub(crate) fn new(options: &Options, counters: Arc<Counters>) -> Self {
        Sender {
            permits: Arc::new(Semaphore::new(options.snapshots_at_once_max)),
            bytes_per_second_max: options.snapshot_bytes_per_second_max,
            threading: options.threading,
            counters,
        }
    }

    /// Sends a snapshot and has it installed, and answers with the peer's vote.
    pub(crate) async fn send<R: Runtime>(
        &self,
        transport: &Arc<dyn Transport>,
        to: u64,
        vote: Vote,
        snapshot: Snapshot,
        install_timeout: Duration,
    ) -> Result<Vote, StreamingError<Types<R>>> {
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(Unreachable::from_string("this node is stopping").into());
        };
        let sent = self.send_now::<R>(&**transport, to, vote, snapshot, install_timeout);
        let sent = sent.await;
        match &sent {
            Ok(_) => self.counters.snapshots_sent.add(),
            Err(_) => self.counters.snapshots_failed.add(),
        }
        sent.map_err(|failure| told(to, failure))
    }

    async fn send_now<R: Runtime>(
        &self,
        transport: &dyn Transport,
        to: u64,
        vote: Vote,
        snapshot: Snapshot,
        install_timeout: Duration,
    ) -> Result<Vote, Failure> {
        let promised = snapshot.meta.last_log_id;
        let SnapshotData::Own(state) = snapshot.snapshot else {
            let reason = "only the own state is sent".to_string();
            return Err(Failure::Own(Error::Config(reason)));
        };
        let exports: Arc<Exports> = state.exports.clone();
        // Held until this attempt has ended, so that what it needs of the log is not purged meanwhile.
        let in_use = exports.begin();
        let exported = blocking::<R, _>(self.threading, move || state.export_to_send()).await;
        let files = exported.map_err(Failure::Own)?;
        keeps(&files, promised).map_err(Failure::Own)?;
        tracing::info!(group = %files.manifest().group, to, bytes = files.manifest().bytes(), "sending a snapshot");
        let transfer = Transfer {
            sender: self,
            transport,
            to,
            files,
        };
        let vote = transfer.run::<R>(vote, install_timeout).await?;
        drop(in_use);
        exports.done();
        Ok(vote)
    }
}

impl Transfer<'_> {
    async fn run<R: Runtime>(
        &self,
        vote: Vote,
        install_timeout: Duration,
    ) -> Result<Vote, Failure> {
        let manifest = self.files.manifest();
        let offer = Request::Offer {
            manifest: Box::new(manifest.clone()),
        };
        let there = match self.ask(&offer, PIECE_TIMEOUT).await? {
            Answer::Offered { bytes } => bytes,
            other => return Err(Failure::Answer(other)),
        };
        for (number, file) in manifest.files.iter().enumerate() {
            let from = there.get(number).copied().unwrap_or(0);
            let path = self.files.dir().join(&file.name);
            self.send_file::<R>(manifest, number, &path, from..file.bytes)
                .await?;
        }
        let install = Request::Install {
            group: manifest.group,
            vote: rows::vote_row(&vote),
            manifest_digest: manifest.digest(),
        };
        match self.ask(&install, install_timeout).await? {
            Answer::Installed { vote } => Ok(rows::vote(vote)),
            other => Err(Failure::Answer(other)),
        }
    }

    async fn send_file<R: Runtime>(
        &self,
        manifest: &Manifest,
        number: usize,
        path: &Path,
        range: std::ops::Range<u64>,
    ) -> Result<(), Failure> {
        let mut offset = range.start;
        while offset < range.end {
            let began = R::Instant::now();
            let length = PIECE_BYTES.min(range.end - offset);
            let (path, at) = (path.to_path_buf(), offset);
            let read = blocking::<R, _>(self.sender.threading, move || read(&path, at, length));
            let bytes = read.await.map_err(Failure::Own)?;
            let piece = Request::Piece(Piece {
                group: manifest.group,
                manifest_digest: manifest.digest(),
                file: u32::try_from(number).unwrap_or(u32::MAX),
                offset,
                crc32: crc32fast::hash(&bytes),
                bytes,
            });
            match self.ask(&piece, PIECE_TIMEOUT).await? {
                Answer::Done => {}
                other => return Err(Failure::Answer(other)),
            }
            offset += length;
            let due = Duration::from_micros(
                length.saturating_mul(1_000_000) / self.sender.bytes_per_second_max.max(1),
            );
            let taken = R::Instant::now() - began;
            if due > taken {
                R::sleep(due - taken).await;
            }
        }
        Ok(())
    }

    async fn ask(&self, request: &Request, within: Duration) -> Result<Answer, Failure> {
        let answer = ask(self.transport, self.to, Lane::Snapshot, request, within);
        answer.await.map_err(Failure::Call)
    }
}

/// Refuses files that are older than what the leader takes the peer to have afterwards: they were begun for another peer before
/// that was said. The next attempt promises what is in the files.
fn keeps(files: &SnapshotFiles, promised: Option<LogId>) -> Result<(), Error> {
    let group = files.manifest().group;
    let unfit = |reason: String| Error::Snapshot { group, reason };
    let meta = meta_of(files.manifest()).map_err(|error| unfit(error.to_string()))?;
    if meta.last_log_id >= promised {
        return Ok(());
    }
    Err(unfit(
        "its files are older than what was promised".to_string(),
    ))
}

fn read(path: &Path, offset: u64, length: u64) -> Result<Bytes, Error> {
    let read = || {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes.into())
    };
    read().map_err(|source| Error::SnapshotFile {
        path: path.to_path_buf(),
        source,
    })
}

fn told<R: Runtime>(to: u64, failure: Failure) -> StreamingError<Types<R>> {
    match failure {
        Failure::Call(error) if error.may_have_arrived() => NetworkError::new(&error).into(),
        Failure::Call(error) => Unreachable::new(&error).into(),
        Failure::Answer(answer) => {
            let reason = format!("node {to} answered a snapshot with {answer:?}");
            Unreachable::from_string(reason).into()
        }
        // Not a storage error of openraft's: that would stop the group for want of space for the files.
        Failure::Own(error) => {
            tracing::warn!(to, %error, "a snapshot cannot be sent; it is tried again");
            Unreachable::new(&error).into()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_storage::{GroupId, SlotMap, StateMeta, Store, StoreOptions};
    use openraft::vote::RaftLeaderId;

    use super::*;
    use crate::type_config::LeaderId;

    #[test]
    fn files_that_are_older_than_what_was_promised_are_not_sent() {
        let id = |index| LogId::new(LeaderId::new(3, 1), index);
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(directory.path())).unwrap();
        let group = GroupId::Anchors(0);
        let mut batch = store.batch(group);
        batch.put_meta(StateMeta::Applied, rows::encode_log_id(id(9)));
        batch.commit().unwrap();
        let files = directory.path().join("files");
        let checkpoint = store.checkpoint().unwrap();
        let files = checkpoint.export(group, &SlotMap::new(1), &files).unwrap();
        for kept in [None, Some(id(8)), Some(id(9))] {
            assert!(keeps(&files, kept).is_ok(), "{kept:?}");
        }
        assert!(keeps(&files, Some(id(10))).is_err());
    }
}
