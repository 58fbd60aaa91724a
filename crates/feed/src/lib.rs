//! Effects leave a group by one door: what its machine wrote down beside its state is read here, in order.
//!
//! An anchors machine writes, in the batch of an interaction itself, a *change row* (this anchor changed) and, when the
//! evidence of its strand changed, an *outbox row* for the identity group. This crate reads both, and knows how far the
//! identity group has taken in each outbox.
//!
//! ```text
//! anchors-k  ── outbox rows ──►  Outbox::after  ──►  IdentityCommand::Observe  ──►  identity-0
//!     ▲                                                                                │
//!     └──────── a reply waits until  Watermarks::wait  ◄── watermark row of anchors-k ─┘
//! ```
//!
//! - Hints wake, tables tell: a lost hint costs time, never an answer. Whoever waits reads the table again.
//! - The last rows of an outbox are handed over in memory too; the table answers after a start, and whoever is behind.
//! - Positions only grow; a watermark that was seen never goes back.
//! - Delivery is at least once. The identity machine skips rows at or before its watermark.
//! - Every page has a bound on rows and on bytes.

mod backlog;
mod changes;
mod error;
mod outbox;
mod recent;
mod watermarks;

pub use backlog::Backlog;
pub use changes::{ChangeFeed, ChangePage};
pub use error::Error;
pub use outbox::{Outbox, OutboxPage, PageLimits};
pub use recent::Recent;
pub use watermarks::Watermarks;
