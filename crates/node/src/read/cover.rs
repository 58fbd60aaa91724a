//! How fresh a read is.
//!
//! | level | what the read sees |
//! |---|---|
//! | strong | everything that was acknowledged before it began, through any node |
//! | session | everything that the position it names covers |
//! | local | what this node has applied; with `max_staleness`, everything acknowledged before so long ago |
//!
//! - Strong reads wait for a barrier, which many of them share. Per anchor and per node of the identity graph they are
//!   linearizable; they are no snapshot across groups.
//! - Whatever the level, an answer can say from which position it was read and how old it is at most. Both are taken before
//!   the view is, so the answer is never older than it says.

use std::sync::Arc;
use std::time::Duration;

use acquaint_api::Position;
use acquaint_api::cluster::Consistency;
use acquaint_consensus::runtime::Instant as _;
use acquaint_consensus::{Reached, TokioRuntime};

use crate::{Error, Node};

/// How fresh a read is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadAt {
    /// The level: see [`Consistency::of`].
    pub consistency: Consistency,
    /// What the answer has to cover, whatever the level.
    pub after: Option<Position>,
    /// How old it may be at most, in milliseconds.
    pub max_staleness_ms: Option<u64>,
}

/// What a read covers at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The level.
    pub consistency: Consistency,
    /// The position of this node, for later reads that are to see no less.
    pub position: Position,
    /// Everything acknowledged before so many milliseconds ago is covered. None if that is not known.
    pub age_ms: Option<u64>,
}

impl Node {
    /// Waits until this node is as fresh as a read is to be, and says how fresh that is.
    pub async fn cover(&self, at: &ReadAt) -> Result<Covered, Error> {
        if let Some(position) = &at.after {
            self.wait_position(position).await?;
        }
        let mut reached = self.replica().consensus().reached();
        let age = reached.as_ref().map(|reached| reached.began.elapsed());
        let staleness_max = at.max_staleness_ms.map(Duration::from_millis);
        let is_stale = staleness_max.is_some_and(|max| age.is_none_or(|age| age > max));
        if at.consistency == Consistency::Strong || is_stale {
            // It begins after the request has come, which is fresh enough for every bound.
            reached = Some(self.barrier().await?);
        }
        let age = reached.map(|reached| reached.began.elapsed());
        Ok(Covered {
            consistency: at.consistency,
            position: self.position(),
            age_ms: age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        })
    }

    /// Waits until this node has applied what was acknowledged before the call.
    pub(crate) async fn barrier(&self) -> Result<Arc<Reached<TokioRuntime>>, Error> {
        let waited = tokio::time::timeout(self.wait_ms_max(), self.replica().consensus().barrier());
        match waited.await {
            Ok(Ok(reached)) => Ok(reached),
            Ok(Err(error)) => Err(Error::Barrier(error)),
            Err(_) => Err(Error::Unavailable {
                message: "the groups did not confirm in time how far they are".to_owned(),
            }),
        }
    }

    /// How far this node has applied every group.
    fn position(&self) -> Position {
        let groups = self
            .groups()
            .map(|group| (group.id().number(), group.applied()));
        Position {
            slot_map: self.slot_map().version,
            identified: true,
            groups: groups.collect(),
        }
    }
}
