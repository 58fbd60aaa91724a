//! The link from one node to another.

use std::time::Duration;

/// What is wrong with a link, in one direction. Nothing, at first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    /// Nothing goes through.
    pub is_cut: bool,
    /// How many of a thousand messages are lost.
    pub lost_permille: u64,
    /// How much longer a message takes, at most.
    pub slow: Duration,
}
