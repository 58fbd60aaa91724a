//! Comparing the states of a group's replicas: see `digest`.

use std::collections::BTreeMap;
use std::time::Duration;

use acquaint_storage::{GroupId, StateDigest};
use bytes::Bytes;
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::group::Group;
use crate::network::ask;
use crate::peer::Lane;
use crate::propose::Repeat;
use crate::runtime::{Instant, Runtime};
use crate::wire::{Answer, Request};

/// How often a replica is asked whether it has the digest.
const PAUSE: Duration = Duration::from_millis(200);
/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The digests of a group's replicas at one position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The group.
    pub group: GroupId,
    /// The position.
    pub index: u64,
    /// The digest of each replica; none of one that did not answer in time.
    pub digests: BTreeMap<u64, Option<StateDigest>>,
    /// The replicas whose state cannot be relied on: those that differ from what most have, or from the leader's if no digest is
    /// that of most. Their nodes are told, and stop.
    pub diverged: Vec<u64>,
}

impl Comparison {
    /// Whether all that have answered are equal.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let mut known = self.digests.values().flatten();
        let first = known.next();
        known.all(|digest| Some(digest) == first)
    }
}

fn diverged(digests: &BTreeMap<u64, Option<StateDigest>>, leader: u64) -> Vec<u64> {
    let mut counts: BTreeMap<(u128, u64), usize> = BTreeMap::new();
    for digest in digests.values().flatten() {
        *counts.entry((digest.hash, digest.rows)).or_default() += 1;
    }
    let most = counts.iter().find(|(_, count)| **count * 2 > digests.len());
    let right = match most {
        Some((&(hash, rows), _)) => Some(StateDigest { hash, rows }),
        None => digests.get(&leader).copied().flatten(),
    };
    let Some(right) = right else {
        return Vec::new();
    };
    let differs = |digest: &Option<StateDigest>| digest.is_some_and(|digest| digest != right);
    let wrong = digests.iter().filter(|(_, digest)| differs(digest));
    wrong.map(|(node, _)| *node).collect()
}

impl<R: Runtime> Group<R> {
    /// Has every replica take the digest of its state at one position, and compares them. Whoever differs is told, and stops.
    pub async fn compare(&self) -> Result<Comparison, Error> {
        // Comparing twice does no harm.
        let attempt = |_within| self.compare_once();
        self.repeated(attempt, Repeat::Unknown).await
    }

    async fn compare_once(&self) -> Result<Comparison, Error> {
        let Some(leader) = self.elsewhere()? else {
            return self.compare_here().await;
        };
        let request = Request::Compare { group: self.id() };
        let within = self.limits().digest_timeout;
        match self.forward(leader, &request, within).await? {
            Answer::Compared(comparison) => Ok(comparison),
            other => Err(self.not_carried_out(other)),
        }
    }

    /// The same at this node, which leads the group or refuses.
    pub(crate) async fn compare_here(&self) -> Result<Comparison, Error> {
        let within = self.limits().propose_timeout;
        let index = self.propose_here(Bytes::new(), within).await?.index;
        let members = self.members();
        let nodes = members.voters.union(&members.learners);
        let asked = nodes.map(|node| async move { (*node, self.digest_of(*node, index).await) });
        let digests = join_all(asked).await.into_iter().collect();
        let comparison = Comparison {
            group: self.id(),
            index,
            diverged: diverged(&digests, self.node_id()),
            digests,
        };
        self.counters().digests_compared.add();
        if !comparison.agrees() {
            self.counters().digests_differed.add();
            tracing::error!(group = %self.id(), index, ?comparison.digests, "the replicas of a group differ");
            self.stop_diverged(&comparison).await;
        }
        Ok(comparison)
    }

    async fn stop_diverged(&self, comparison: &Comparison) {
        let group = self.id();
        let index = comparison.index;
        for &node in &comparison.diverged {
            if node == self.node_id() {
                self.report_diverged(node, index);
                continue;
            }
            let request = Request::Diverged { group, index };
            let told = ask(
                &**self.transport(),
                node,
                Lane::Control,
                &request,
                ANSWER_TIMEOUT,
            );
            if let Err(error) = told.await {
                tracing::error!(%group, node, %error, "a replica that has diverged could not be told");
            }
        }
    }

    /// Stops this node, whose state is not that of the other replicas.
    pub(crate) fn report_diverged(&self, found_by: u64, index: u64) {
        self.report(format!(
            "the state of {} at index {index} is not that of the other replicas, as node {found_by} has found: \
             this node's data cannot be relied on; remove it and join again as a new node",
            self.id()
        ));
    }

    /// The digest of one replica, once it has it.
    async fn digest_of(&self, node: u64, index: u64) -> Option<StateDigest> {
        let began = R::Instant::now();
        while began.elapsed() < self.limits().digest_timeout {
            let found = if node == self.node_id() {
                self.state().digests.at(index)
            } else {
                let group = self.id();
                let request = Request::Digest { group, index };
                let answer = ask(
                    &**self.transport(),
                    node,
                    Lane::Control,
                    &request,
                    ANSWER_TIMEOUT,
                );
                match answer.await {
                    Ok(Answer::Digest(digest)) => digest,
                    // A node that cannot be reached has nothing to compare.
                    _ => return None,
                }
            };
            if found.is_some() {
                return found;
            }
            R::sleep(PAUSE).await;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(hashes: &[Option<u128>]) -> BTreeMap<u64, Option<StateDigest>> {
        let digest = |hash: Option<u128>| hash.map(|hash| StateDigest { hash, rows: 1 });
        (1..).zip(hashes.iter().copied().map(digest)).collect()
    }

    #[test]
    fn whoever_differs_from_most_has_diverged() {
        let check = |hashes: &[Option<u128>], expected: &[u64]| {
            assert_eq!(diverged(&digests(hashes), 1), expected, "{hashes:?}");
        };
        check(&[Some(7), Some(7), Some(7)], &[]);
        check(&[Some(7), Some(8), Some(7)], &[2]);
        check(&[Some(8), Some(7), Some(7)], &[1]);
        check(&[Some(7), None, Some(7)], &[]);
        // Nobody is with most: the leader is right.
        check(&[Some(7), Some(8), Some(9)], &[2, 3]);
        check(&[Some(7), Some(8)], &[2]);
        check(&[Some(7), None, Some(8)], &[3]);
        check(&[None, Some(7), Some(8)], &[]);
    }
}
