//! What a node does, without saying how it is spoken to: configuration, assembly, and the use cases.
//!
//! ```text
//! ingest ─► settle ─► anchors groups ─► outbox ─► pump ─► identity group
//!                          │ rollups                        │ members
//!                          └────────────► read ◄────────────┘
//! ```
//!
//! - [`Node::open`] starts everything and returns when the node serves; [`Node::failed`] ends when it can serve no longer.
//! - What is not deterministic (clock, configuration, random numbers) is settled before a command is proposed. The machines in
//!   `machine` read nothing but their rows.
//! - Use cases take a [`Caller`], whose workspace they never leave, and fail with an [`Error`] that has a stable code.
//! - Every queue, body, page and wait has a bound, and a request that reaches it is told so.

mod caller;
mod cluster;
pub mod config;
mod epochs;
mod error;
mod facts;
mod formation;
mod ingest;
mod keeper;
mod machine;
mod metrics;
mod node;
mod opening;
mod proposing;
mod pump;
mod read;
mod rebuild;
mod replica;
mod revoke;
mod rules;
mod setup;
mod stepper;
mod workspaces;

pub use acquaint_profile::{Timestamp, WorkspaceId};
pub use caller::Caller;
pub use config::Config;
pub use error::Error;
pub use formation::Unformed;
pub use ingest::{Ack, IngestOptions};
pub use metrics::Metrics;
pub use node::Node;
pub use read::{ChangesFrom, Covered, LookupOptions, ReadAt, TimelineOptions};
pub use replica::Replica;

#[cfg(test)]
mod tests;
