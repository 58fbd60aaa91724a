//! What a use case can fail with: a stable code, and a message that says what to do.
//!
//! - A refusal names the caller's mistake and is his to correct; the node logs nothing.
//! - `Unavailable` means that the fate of something is not known. The same request again is safe.
//! - `Internal` is the machine's fault or ours; whoever turns it into an answer logs it, once.

use acquaint_api::{ErrorCode, ErrorDetail, Successors, TokenError};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for something that cannot be; the code says what.
    #[error("{message}")]
    Refused {
        /// For programs.
        code: ErrorCode,
        /// For people; says what to do.
        message: String,
    },

    /// The identifier is several customers'.
    #[error("{message}")]
    Shared {
        /// For people; says what to do.
        message: String,
        /// The customers that share it, for whoever may know.
        successors: Option<Successors>,
    },

    /// Something did not become durable, or not visible, in time.
    #[error("{message}; send the same request again, it is safe")]
    Unavailable {
        /// What was waited for.
        message: String,
    },

    /// More work than the node takes at once.
    #[error("{message}; wait and send the same request again")]
    Overloaded {
        /// Which bound was reached.
        message: String,
    },

    /// The disk is nearly full.
    #[error(
        "the disk has {free_bytes} bytes free, fewer than disk_free_bytes_min ({free_bytes_min}): free some space; reads go on"
    )]
    DiskLow {
        /// Bytes that are free.
        free_bytes: u64,
        /// Bytes that must be free.
        free_bytes_min: u64,
    },

    /// A setting that is fixed when a workspace or a data directory is made differs from what was made.
    #[error("{setting} is fixed: {detail}")]
    FrozenSetting {
        /// The key of the configuration.
        setting: &'static str,
        /// What was made, what is configured, and what to do.
        detail: String,
    },

    /// The configuration says what cannot be.
    #[error("{0}")]
    Configuration(String),

    /// Other nodes cannot be listened to.
    #[error("cannot listen to other nodes on {listen} (cluster.peer_listen)")]
    PeerListen {
        /// The address that is configured.
        listen: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },

    /// What is stored does not fit together.
    #[error("the stored state is inconsistent: {0}")]
    Inconsistent(String),

    /// A metric could not be declared.
    #[error("cannot declare the metrics")]
    Metrics(#[from] prometheus::Error),

    /// The consensus layer failed.
    #[error(transparent)]
    Consensus(#[from] acquaint_consensus::Error),

    /// A read barrier failed, for everybody who waited for it.
    #[error("{0}; send the same request again, it is safe")]
    Barrier(std::sync::Arc<acquaint_consensus::Error>),

    /// A command failed, for every request with messages in it.
    #[error("{0}")]
    Together(std::sync::Arc<Error>),

    /// The feed failed.
    #[error(transparent)]
    Feed(#[from] acquaint_feed::Error),

    /// The store failed.
    #[error(transparent)]
    Storage(#[from] acquaint_storage::Error),
}

impl Error {
    /// A refusal.
    pub(crate) fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// A refusal because of the state of the cluster.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::refused(ErrorCode::ClusterConflict, message)
    }

    /// A refusal because no node has this id.
    pub(crate) fn no_node(node: u64) -> Self {
        let message = format!("the cluster has no node {node}");
        Self::refused(ErrorCode::NodeNotFound, message)
    }

    /// The answer.
    pub fn detail(&self) -> ErrorDetail {
        let mut detail = ErrorDetail::new(self.code(), self.to_string());
        if let Self::Shared { successors, .. } = self {
            detail.successors.clone_from(successors);
        }
        detail
    }

    /// The stable code of the answer.
    pub fn code(&self) -> ErrorCode {
        use acquaint_consensus::Error as Consensus;
        match self {
            Self::Refused { code, .. } => *code,
            Self::Shared { .. } => ErrorCode::IdentifierShared,
            Self::Together(error) => error.code(),
            Self::Barrier(error) if matches!(**error, Consensus::TooManyReaders { .. }) => {
                ErrorCode::Overloaded
            }
            Self::Barrier(_) => ErrorCode::Unavailable,
            Self::Unavailable { .. } => ErrorCode::Unavailable,
            Self::Overloaded { .. }
            | Self::Consensus(Consensus::QueueFull { .. } | Consensus::TooManyReaders { .. }) => {
                ErrorCode::Overloaded
            }
            Self::Consensus(Consensus::NotNow { .. }) => ErrorCode::ClusterConflict,
            Self::DiskLow { .. } | Self::Storage(acquaint_storage::Error::DiskLow { .. }) => {
                ErrorCode::DiskLow
            }
            Self::Consensus(
                Consensus::NotLeader { .. }
                | Consensus::Unreachable { .. }
                | Consensus::Unsure { .. }
                | Consensus::Timeout { .. }
                | Consensus::LeaderLost { .. }
                | Consensus::Stopped { .. },
            ) => ErrorCode::Unavailable,
            Self::FrozenSetting { .. }
            | Self::Configuration(_)
            | Self::PeerListen { .. }
            | Self::Inconsistent(_)
            | Self::Metrics(_)
            | Self::Consensus(_)
            | Self::Feed(_)
            | Self::Storage(_) => ErrorCode::Internal,
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::refused(ErrorCode::InvalidToken, error.to_string())
    }
}
