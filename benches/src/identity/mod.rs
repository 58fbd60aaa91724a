//! Identity resolution in memory, on a stream of messages that can be made any number of times
//! larger.
//!
//! ```text
//! message ─► evidence of its strand ─► changed? ─► resolver, in commands ─► rows in memory
//! ```
//!
//! - A message takes the same path as in a node: the evidence of a strand is a sum of testimonies,
//!   and only evidence that changed reaches the resolver. Network, log and store are left out.
//! - [`resolve`] returns numbers and prints nothing.

mod resolve;
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "it belongs to the example that scores the sample, which reads more of it"
)]
#[path = "../../../crates/identity/examples/omnichannel/sample.rs"]
mod sample;
mod stream;

pub use resolve::{
    COMMAND_MESSAGES, Resolved, Shares, Strands, finish, resolve, resolve_identifiers, shares,
};
pub use stream::{Message, Stream, evidence, identifier};
