//! The HTTP surface of a node: the tracking API of the SDKs, the profile API, health,
//! metrics and documentation.
//!
//! This crate turns bytes into calls of [`acquaint_node::Node`] and answers into bytes,
//! and holds nothing else. Where to look:
//!
//! - `tracking` — the routes that the SDKs speak, with their own form of errors;
//! - `routes` — one file per resource of the profile API;
//! - `router` — the routes put together; `surface`, `route_table` — what happens around every request;
//! - `body`, `extract`, `credentials` — reading requests within bounds;
//! - `json_text` — answers that are written as bytes already;
//! - `reading` — what a read promises, and the headers that tell it;
//! - `front`, `unformed` — what is answered before the node serves;
//! - `operators` — who may operate a node then;
//! - `limiter`, `connections`, `idle_timer` — the share of a key, connections in flight, time.
//!
//! Invariants:
//!
//! - An answer is JSON in one of the two forms of the contract, whatever went wrong;
//!   nothing of the framework shows.
//! - Nothing is read, unpacked, queued or streamed without a bound.
//! - A tracking answer is 200 with a verdict for every message, or an error; a request
//!   whose outcome is not known is 503, and sending it again is safe.
//! - Every route is in the OpenAPI document at `/openapi.json`.

mod app;
mod body;
mod connections;
mod credentials;
mod extract;
mod failure;
mod front;
mod idle_timer;
mod json_text;
mod limiter;
mod metrics;
mod openapi;
mod operators;
mod options;
mod reading;
mod route_table;
mod router;
mod routes;
mod same_machine;
mod server;
mod surface;
mod tracking;
mod unformed;

pub use operators::Operators;
pub use options::Options;
pub use server::{Error, Server, router, serve};
