//! The store of a node: the only crate that links RocksDB and the only one that knows the bytes of keys and values.
//!
//! ```text
//!             LogBatch ──(synced)──►┌──────┐
//! consensus                         │ one  │──► CF log    Raft logs of all groups
//!             Batch ──(not synced)─►│ WAL  │──► CF meta   votes, applied positions, memberships
//!                                   └──────┘──► CF data   rows: slot | kind | …
//! node, feed  View ◄── a consistent view of CF data
//! ```
//!
//! - **One batch or nothing.** Rows, change, outbox, dedup mark and applied position of a command commit together.
//! - **Recovery keeps a prefix.** Logs and state share a write-ahead log, so an unsynced write of state stands behind the
//!   synced log entries that it came from: they are applied again if it is lost, and a purge that survives a crash implies
//!   that what it purged was applied.
//! - **Fail-stop.** After the first write that fails there are no more.
//! - **Bytes are for ever.** Keys are one enum ([`Key`]), values carry a version and a key id ([`codec`]); the bytes of every
//!   version are frozen in tests, and every key and value prints for a person ([`describe`]).
//! - **No identifiers in keys.** A key holds hashes.
//!
//! The formats are described in `docs/formats.md`.

pub mod codec;
pub mod command;
pub mod row;

mod batch;
mod engine;
mod error;
mod graph;
mod group;
mod identity_key;
mod inspect;
mod key;
mod key_bytes;
mod key_hash;
mod key_range;
mod log;
mod log_batch;
mod meta_key;
mod options;
mod partition_digest;
mod read;
mod slot;
mod slot_map;
mod snapshot;
mod space;
mod state_digest;
mod store;
mod store_row;
mod synced_mark;
mod view;

pub use batch::Batch;
pub use engine::Order;
pub use error::Error;
pub use graph::{Graph, Place};
pub use group::GroupId;
pub use inspect::{Family, describe};
pub use key::{Key, RETIRED_KINDS};
pub use key_hash::{InteractionId, KeyDigest, MessageHash, NameHash};
pub use key_range::KeyRange;
pub use log_batch::{LogBatch, LogMeta, StateMeta};
pub use options::StoreOptions;
pub use partition_digest::PartitionDigest;
pub use read::{Read, RowBytes};
pub use slot::Slot;
pub use slot_map::SlotMap;
pub use snapshot::{Checkpoint, Incoming, Manifest, SnapshotFile, SnapshotFiles};
pub use space::{PROBE_INTERVAL, Space, SpaceProbe};
pub use state_digest::StateDigest;
pub use store::Store;
pub use store_row::FORMAT;
pub use view::View;
