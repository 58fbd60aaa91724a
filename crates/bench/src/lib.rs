//! An open-loop load generator for nodes, clusters, floors and peers.
//!
//! ```text
//! Source ─► Work ─► Session ─► latency from the intended start, service time, errors
//!   one of each for a connection; `drive` runs all of them and adds the results up
//! ```
//!
//! - At a given rate every operation has an intended start on a schedule. Latency counts from
//!   there, so a stall is charged to every operation that it delays (correction for coordinated
//!   omission). At full speed each connection sends its next operation after the answer.
//! - A refusal is never a measurement: it is counted as an error, by its code.
//! - Workloads are deterministic: a seed, a run number and a connection give the same requests.
//! - The crate depends on no other crate of Acquaint and speaks HTTP only. [`Session`] is the
//!   door for peers that speak something else.

mod customers;
mod drive;
mod error;
mod generator;
mod http;
mod ingest;
mod latencies;
mod loader;
mod machine;
mod marker;
mod measured;
mod message;
mod mix;
mod pace;
mod report;
mod run;
mod session;
mod target;
mod wire;
mod workload;
mod zipf;

pub use customers::{ANCHORS, Customer, Talker};
pub use drive::{Plan, drive};
pub use error::BenchError;
pub use generator::{Generator, Keys};
pub use http::{Expect, HttpOperation, HttpSession};
pub use ingest::{Ingest, Kind};
pub use latencies::Latencies;
pub use loader::{Loaded, load};
pub use machine::Machine;
pub use marker::Population;
pub use measured::Measured;
pub use message::{Context, Device, ExternalId, Message, Properties, Traits};
pub use pace::Pace;
pub use report::{LatencySummary, Report, table};
pub use run::{Settings, run, run_with};
pub use session::{Session, Work};
pub use target::Target;
pub use wire::{Answer, Wire, get_request, post_request};
pub use workload::Workload;
