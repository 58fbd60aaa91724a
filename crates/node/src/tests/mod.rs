//! The write path and the reads through a real node on a temporary directory.

#![allow(clippy::unwrap_used)]

mod acknowledgement;
mod attribution;
mod bounds;
mod changes;
mod convergence;
mod epochs;
mod gather;
mod reads;
mod rebuild;
mod refusals;
mod rendering;
mod revoke;
mod rules;
mod slots;
mod steps;
mod strands;
mod support;
mod trust;
