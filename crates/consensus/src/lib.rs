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
//! - A start returns once everything that was committed before is applied again.
//! - Nothing waits on a clock, a task or a channel but those of the [`Runtime`]
//!   given, and with [`Threading::Inline`] nothing runs on another thread: a node can run in the
//!   deterministic simulation of openraft.
//!
//! A node is a cluster of one for now; peers come in through the `network` module.

mod consensus;
mod error;
mod failure;
mod group;
mod log_sizes;
mod log_store;
mod log_tail;
mod log_writer;
mod machine;
mod network;
mod options;
mod peer;
mod reply;
mod rows;
pub mod runtime;
mod snapshot;
mod state_machine;
mod status;
mod type_config;
mod worker;

pub use crate::consensus::Consensus;
pub use crate::error::Error;
pub use crate::group::{Applied, Group};
pub use crate::log_writer::LogWriterStats;
pub use crate::machine::{At, Machine};
pub use crate::options::{Options, Threading};
pub use crate::peer::{CallError, Handler, Lane, Transport};
pub use crate::runtime::{Runtime, TokioRuntime};
pub use crate::status::{Role, Status};
