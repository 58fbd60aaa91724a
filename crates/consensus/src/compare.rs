//! Comparing the states of a group's replicas: see `digest`.

use std::collections::BTreeMap;
use std::time::Duration;

use acquaint_storage::{GroupId, StateDigest};
use bytes::Bytes;
use futures::future::join_all;

use crate::error::Error;
use crate::group::Group;
use crate::network::ask;
use crate::peer::Lane;
use crate::runtime::{Instant, Runtime};
use crate::wire::{Answer, Request};

/// How often a replica is asked whether it has the digest.
const PAUSE: Duration = Duration::from_millis(200);
/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The digests of a group's replicas at one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The group.
    pub group: GroupId,
    /// The position.
    pub index: u64,
    /// The digest of each replica; none of one that did not answer in time.
    pub digests: BTreeMap<u64, Option<StateDigest>>,
}

impl Comparison {
    /// Whether all that have answered are equal.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let mut known = self.digests.values().flatten();
        let first = known.next();
        known.all(|digest| Some(digest) == first)
    }

    /// The replicas whose state cannot be relied on: those that differ from what most have, or from the leader's if no digest
    /// is that of most.
    #[must_use]
    pub fn diverged(&self, leader: u64) -> Vec<u64> {
        let mut counts: BTreeMap<(u128, u64), usize> = BTreeMap::new();
        for digest in self.digests.values().flatten() {
            *counts.entry((digest.hash, digest.rows)).or_default() += 1;
        }
        let most = counts
            .iter()
            .find(|(_, count)| **count * 2 > self.digests.len());
        let right = match most {
            Some((&(hash, rows), _)) => Some(StateDigest { hash, rows }),
            None => self.digests.get(&leader).copied().flatten(),
        };
        let Some(right) = right else {
            return Vec::new();
        };
        let wrong = self
            .digests
            .iter()
            .filter(|(_, digest)| digest.is_some_and(|digest| digest != right));
        wrong.map(|(node, _)| *node).collect()
    }
}

impl<R: Runtime> Group<R> {
    /// Has every replica take the digest of its state at one position, and compares them. Only the leader can.
    pub async fn compare(&self) -> Result<Comparison, Error> {
        let within = self.limits().propose_timeout;
        let index = self.propose_here(Bytes::new(), within).await?.index;
        let members = self.members();
        let nodes = members.voters.union(&members.learners);
        let asked = nodes.map(|node| async move { (*node, self.digest_of(*node, index).await) });
        let comparison = Comparison {
            group: self.id(),
            index,
            digests: join_all(asked).await.into_iter().collect(),
        };
        self.counters().digests_compared.add();
        if !comparison.agrees() {
            self.counters().digests_differed.add();
            tracing::error!(group = %self.id(), index, ?comparison.digests, "the replicas of a group differ");
        }
        Ok(comparison)
    }

    /// Tells the replicas that have diverged, which stop. True if this node's is one of them.
    pub async fn stop_diverged(&self, comparison: &Comparison) -> bool {
        let me = self.node_id();
        let diverged = comparison.diverged(me);
        for &node in diverged.iter().filter(|node| **node != me) {
            let request = Request::Diverged {
                group: self.id(),
                index: comparison.index,
            };
            let told = ask(
                &**self.transport(),
                node,
                Lane::Control,
                &request,
                ANSWER_TIMEOUT,
            );
            if let Err(error) = told.await {
                tracing::error!(group = %self.id(), node, %error, "a replica that has diverged could not be told");
            }
        }
        diverged.contains(&me)
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
                    Ok(Answer::Digest(digest)) => digest.map(|digest| StateDigest {
                        hash: digest.hash,
                        rows: digest.rows,
                    }),
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

    fn comparison(hashes: &[Option<u128>]) -> Comparison {
        let digest = |hash: Option<u128>| hash.map(|hash| StateDigest { hash, rows: 1 });
        Comparison {
            group: GroupId::Anchors(0),
            index: 9,
            digests: (1..).zip(hashes.iter().copied().map(digest)).collect(),
        }
    }

    #[test]
    fn whoever_differs_from_most_has_diverged() {
        let check = |hashes: &[Option<u128>], diverged: &[u64]| {
            assert_eq!(comparison(hashes).diverged(1), diverged, "{hashes:?}");
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
