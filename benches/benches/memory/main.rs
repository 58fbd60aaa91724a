//! Computations of one node on one thread, with their allocations: fold, resolve, apply, encode,
//! render.
//!
//! - A time is that of one call; memory of previous calls is warm. It says what a change of the
//!   code does to the processor time of a request or a command, and nothing about disks, networks
//!   and queues: those are in the other benchmarks.
//! - Allocations are those of Rust code on the calling thread, counted per call. The storage engine
//!   allocates beside them. Counting adds a few nanoseconds to each allocation.
//! - Inputs are made outside the measured time, and dropped outside it.
//!
//! `make bench-memory ONLY="fold resolve"` runs a part. Without `--bench`, as under `cargo test
//! --benches`, every benchmark runs once.

mod apply;
mod encode;
mod fold;
mod machines;
mod render;
mod repair;
mod resolve;
mod unmerge;
mod workspace;

use divan::AllocProfiler;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}
