//! The harness of the tests that see Acquaint as a user does: from outside.
//!
//! They start the built `acquaint` binary on loopback with a directory of its own,
//! talk HTTP to it, kill it, and look at what it answers and writes. Nothing here
//! links the store, so a test cannot pass by knowing more than a client knows.
//!
//! - [`Server`] is one node as a child process; it ends with the value that holds it.
//! - [`Recorder`] stands between a real SDK and the node: it counts and keeps every
//!   request, and answers some of them itself, badly, when a test asks for it.
//! - [`Writer`] is a client under which nodes may fail; its [`Ledger`] knows what it was promised.
//! - [`Observer`]s write and read with every consistency; their [`Observations`] know what they were promised.
//! - [`Visitors`] turn to another node when theirs takes no connections, as while nodes are restarted in order.
//! - [`power`] is a disk that forgets what was not synced, for servers that lose their power.
//! - [`stream`] brings the messages to import, [`skip`] says why a test cannot run.
//!
//! A test that draws random numbers prints its seed first and takes it from the
//! environment, so that a failure can be repeated.

mod cluster;
mod environment;
#[cfg(target_os = "linux")]
pub mod faults;
mod import;
#[cfg(target_os = "linux")]
mod isolation;
mod ledger;
#[cfg(target_os = "linux")]
mod network;
mod observer;
#[cfg(target_os = "linux")]
pub mod power;
mod recorder;
mod repository;
mod same;
mod sdk;
mod server;
mod skip;
pub mod stream;
mod table;
mod visitor;
mod writer;

pub use cluster::{form, operate};
pub use environment::{number_from, seed_from};
pub use import::{Import, import};
#[cfg(target_os = "linux")]
pub use isolation::{Own, isolated};
pub use ledger::Ledger;
#[cfg(target_os = "linux")]
pub use network::Network;
pub use observer::{Key, Observations, Observer};
pub use recorder::{Fault, Recorded, Recorder};
pub use repository::repository;
pub use same::assert_same_bytes;
pub use sdk::{Sdk, SdkRun};
pub use server::{Place, Server, ServerOptions, TOKEN, WRITE_KEY_PUBLIC, WRITE_KEY_SERVER, binary};
pub use skip::skip;
pub use table::table;
pub use visitor::{Met, Visitors};
pub use writer::Writer;
