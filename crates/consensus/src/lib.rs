//! Consensus: every group of a node as an openraft group, and the only crate that names openraft.
//!
//! A *group* replicates a deterministic [`Machine`] over rows of the store. A command is proposed to
//! the group, appended to its log, fsynced, committed by a majority, applied to a batch of rows,
//! and answered with the machine's outcome:
//!
//! ```text
//! propose ─► openraft ─► log store ─► log writer ─► write-ahead log ◄─ one unsynced write ─┐
//!               ▲           │tail        one fsync for all groups                          │
//!               └─committed─┴─────────► state machine ─► Machine::apply ─► batch ──────────┘
//! ```
//!
//! What holds here:
//!
//! - Votes, appends, truncations and purges of all groups go to disk in call order, through one
//!   writer, and many of them share one fsync ([`LogWriterStats`]).
//! - Effects, applied position and membership are one write. It shares the write-ahead log with
//!   the logs, so what is purged from a log is at least as durable in the state.
//! - The first storage error stops the node ([`Consensus::failed`]). Nothing is retried.
//! - A node alone starts with everything applied that was committed before; one of several says when it has
//!   ([`Group::recovered`]).
//! - Nothing waits on a clock, a task or a channel but those of the [`Runtime`]
//!   given, and with [`Threading::Inline`] nothing runs on another thread: a node can run in the
//!   deterministic simulation of openraft.
//!
//! - Any node takes a proposal and passes it to the leader in one hop; a read barrier on any node shows what was
//!   acknowledged before it ([`Group::propose`], [`Consensus::barrier`]).
//! - Nodes speak over a [`Transport`] that is given. A node without one is a cluster of one.

mod barrier;
mod changing;
mod compare;
mod consensus;
mod counters;
mod digest;
mod error;
mod failure;
mod group;
mod log_sizes;
mod log_store;
mod log_tail;
mod log_writer;
mod machine;
mod membership;
mod network;
mod options;
mod peer;
mod propose;
mod reply;
mod rows;
pub mod runtime;
mod service;
mod snapshot;
mod state_machine;
mod status;
mod tcp;
mod type_config;
mod wire;
mod worker;

pub use crate::barrier::Reached;
pub use crate::changing::{CAUGHT_UP_ENTRIES, SILENCE_MAX, successor};
pub use crate::compare::Comparison;
pub use crate::consensus::Consensus;
pub use crate::counters::{Count, Counters};
pub use crate::error::Error;
pub use crate::group::{Applied, Group};
pub use crate::log_writer::LogWriterStats;
pub use crate::machine::{At, Machine};
pub use crate::membership::{Change, Members};
pub use crate::options::{Options, Threading};
pub use crate::peer::{CallError, Handler, Lane, Transport};
pub use crate::runtime::{Runtime, TokioRuntime};
pub use crate::status::{Follower, Role, Status};
pub use crate::tcp::{
    ClusterId, LaneStats, PeerError, PeerStatus, RefusalCode, TcpOptions, TcpTransport,
};
