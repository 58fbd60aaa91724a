//! The ingest side of the contract: messages in, one verdict per message out.

mod message;
mod verdict;

pub use message::{Message, MessageKind};
pub use verdict::{Note, RejectReason, Rejection, Report, Verdict, VerdictKind};
