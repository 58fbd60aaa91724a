//! The TCP transport, node to node on loopback. One binary; one property per file.

#![allow(clippy::unwrap_used)]

mod back_pressure;
mod damage;
mod deadlines;
mod echo;
mod full;
mod large;
mod logs;
mod nodes;
mod order;
mod panics;
mod peers;
mod reconnect;
mod refusals;
mod shutdown;
mod silence;
mod wire;
