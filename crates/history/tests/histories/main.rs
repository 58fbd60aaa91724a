//! The checkers against histories that are known to fit or not to fit.

#![allow(clippy::unwrap_used)]

mod brute_force;
mod every_order;
mod generated;
mod printed;
mod recorded;
mod session_steps;
