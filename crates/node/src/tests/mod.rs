//! The write path through a real node on a temporary directory.

#![allow(clippy::unwrap_used)]

mod acknowledgement;
mod convergence;
mod refusals;
mod support;
