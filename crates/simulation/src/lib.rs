//! A whole cluster in one thread and in virtual time, under faults that a seed chooses.
//!
//! ```text
//!            seed ─► settings, delays, faults, clients
//!                          │
//!  clients ─► nodes (real consensus, real stores) ◄─ network ◄─ nemesis
//!     │            │ every apply, every look
//!     ▼            ▼
//!  histories     audit ─► invariants
//! ```
//!
//! - Equal seeds give equal runs: a failure is repeated by its seed.
//! - Everything but time, chance and the network is what runs in production: openraft, logs, snapshots, membership, barriers,
//!   forwarding, RocksDB.
//! - Each run ends in peace: everything is healed, and has to come right within a bounded time.

mod audit;
mod clients;
mod cluster;
mod dice;
mod invariants;
mod machines;
mod members;
mod nemesis;
mod network;
mod partition;
mod profiles;
mod pump;
mod run;
mod runtime;
mod settings;
mod trace;
mod world;

pub use crate::clients::Operations;
pub use crate::network::Counts;
pub use crate::run::{Outcome, run};
