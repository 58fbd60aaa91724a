//! What can go wrong while a feed is read.

/// A feed could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed, or a stored row does not decode.
    #[error("cannot read the feed of a group")]
    Storage(#[from] acquaint_storage::Error),
}
