//! The public contract of Acquaint: what goes over the wire, and nothing of how
//! it is stored.
//!
//! Servers fill these types and clients read them, so the two can never drift:
//!
//! - [`tracking`] is the ingest side: a [`tracking::Message`] is read loosely from
//!   whatever an SDK sends, and a [`tracking::Report`] answers with one verdict per
//!   message.
//! - [`profiles`] is the read side: profiles, timelines, explanations, facts.
//! - [`cluster`] is the operators' side: nodes, groups, and how consistent a read is.
//! - [`ErrorCode`] is the short list of things that can go wrong. Each code has a
//!   page under `docs/errors/` that says what to do.
//! - [`Position`], [`PageToken`] and [`ChangeCursor`] are opaque texts: a version byte, a payload and a
//!   checksum in base64url. A token that was altered is refused, never misread.
//! - [`limits`] names every bound of the contract.
//! - [`Client`] is the Rust client: one method per route.
//! - [`picture`] draws a customer's graph.
//!
//! Invariants:
//!
//! - JSON member names are camelCase, codes and enum values are snake_case.
//! - Money and other exact numbers are decimal strings or fixed-point integers
//!   printed as JSON numbers; nothing here computes with floats.

mod change_cursor;
mod client;
mod client_error;
pub mod cluster;
mod error_code;
pub mod limits;
mod page_token;
pub mod picture;
mod position;
mod profile_key;
pub mod profiles;
mod token;
pub mod tracking;

pub use change_cursor::ChangeCursor;
pub use client::{Client, ProfileQuery, ReadOptions, TimelineQuery};
pub use client_error::ClientError;
pub use error_code::{ErrorBody, ErrorCode, ErrorDetail, Successors};
pub use page_token::PageToken;
pub use position::Position;
pub use profile_key::{ProfileKey, ProfileKeyError};
pub use token::TokenError;
