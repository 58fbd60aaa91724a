//! The groups of a node, driven through the public interface. One binary, so that the engine is
//! linked once; one property per file.

#![allow(clippy::unwrap_used)]

mod cluster;
mod crash;
mod fail_stop;
mod ledger;
mod limits;
mod over_tcp;
mod purge;
mod restart;
mod shared_fsync;
mod simulation;
mod snapshot;
mod wires;
