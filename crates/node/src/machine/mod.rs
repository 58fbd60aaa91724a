//! What the groups replicate: three machines, one per kind of group.
//!
//! - A machine reads its batch and its command, and nothing else: no clock, no configuration, no memory that its rows do not hold too. Equal logs
//!   give equal rows on every replica.
//! - A command that a machine does not know, or a row that does not decode, stops the replica. Skipping it would let it drift.
//! - A refusal is an outcome.

mod anchors;
mod identity;
mod ingest;
pub(crate) mod members;
mod outbox;
pub(crate) mod profile_feed;
mod reemit;
mod registry;
mod revoke;
mod rules;
mod seen;
mod slots;
mod writing;

pub(crate) use anchors::AnchorsMachine;
pub(crate) use identity::IdentityMachine;
pub(crate) use registry::{ACCESS_KEYS_MAX, RegistryMachine, SLOT_MAP};
pub(crate) use rules::left;
