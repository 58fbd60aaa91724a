//! Answering the requests of peers, for every group of the node.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_storage::row::{EntryRow, PositionRow, VoteRow};
use acquaint_storage::{GroupId, Manifest, codec};
use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use openraft::errors::{LinearizableReadError, RaftError};
use openraft::raft::linearizable_read::LinearizerOption;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, TransferLeaderError, TransferLeaderRequest,
    VoteRequest,
};
use parking_lot::RwLock;

use crate::counters::Counters;
use crate::group::Group;
use crate::membership::Change;
use crate::peer::{Handler, Lane};
use crate::propose::refusal;
use crate::rows;
use crate::runtime::Runtime;
use crate::snapshot::Receiver;
use crate::wire::{Answer, NotTransferred, ReadIndex, Refusal, Request};

/// Answers requests of peers. Groups come in as they are opened, and go when the node stops.
pub(crate) struct Service<R: Runtime> {
    inner: Arc<Inner<R>>,
}

struct Inner<R: Runtime> {
    groups: RwLock<BTreeMap<GroupId, Group<R>>>,
    /// None once the node stops: it holds the store.
    receiver: RwLock<Option<Arc<Receiver>>>,
    counters: Arc<Counters>,
}

impl<R: Runtime> Clone for Service<R> {
    fn clone(&self) -> Self {
        Service {
            inner: self.inner.clone(),
        }
    }
}

impl<R: Runtime> Service<R> {
    pub(crate) fn new(receiver: Receiver, counters: Arc<Counters>) -> Self {
        let inner = Inner {
            groups: RwLock::default(),
            receiver: RwLock::new(Some(Arc::new(receiver))),
            counters,
        };
        Service {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn add(&self, group: Group<R>) {
        self.inner.groups.write().insert(group.id(), group);
    }

    /// Lets go of every group and of the store: whoever asks from now on is told that there is no such group.
    pub(crate) fn clear(&self) {
        self.inner.groups.write().clear();
        self.inner.receiver.write().take();
    }
}

impl<R: Runtime> Handler for Service<R> {
    fn handle(&self, from: u64, _lane: Lane, request: Bytes) -> BoxFuture<'static, Bytes> {
        let inner = self.inner.clone();
        Box::pin(async move {
            let answer = match codec::decode(&request) {
                Ok(request) => inner.answer(from, request).await,
                Err(error) => Answer::Refused(Refusal::Malformed {
                    reason: error.to_string(),
                }),
            };
            answer.encode()
        })
    }
}

impl<R: Runtime> Inner<R> {
    async fn answer(&self, from: u64, request: Request) -> Answer {
        match request {
            Request::ReadIndexes { groups, lease } => self.read_indexes(groups, lease).await,
            Request::Offer { manifest } => self.offer(*manifest).await,
            Request::Piece(piece) => match self.receiver() {
                Some(receiver) => receiver.piece::<R>(piece).await,
                None => Answer::Refused(Refusal::NoGroup),
            },
            Request::Append { group, .. }
            | Request::Vote { group, .. }
            | Request::TransferLeader { group, .. }
            | Request::Propose { group, .. }
            | Request::Change { group, .. }
            | Request::Compare { group }
            | Request::Digest { group, .. }
            | Request::Diverged { group, .. }
            | Request::WouldLead { group }
            | Request::Install { group, .. } => match self.group(group) {
                Some(group) => self.answer_of(&group, from, request).await,
                None => Answer::Refused(Refusal::NoGroup),
            },
        }
    }

    fn group(&self, id: GroupId) -> Option<Group<R>> {
        self.groups.read().get(&id).cloned()
    }

    fn receiver(&self) -> Option<Arc<Receiver>> {
        self.receiver.read().clone()
    }

    async fn answer_of(&self, group: &Group<R>, from: u64, request: Request) -> Answer {
        match request {
            Request::Append {
                vote,
                previous,
                entries,
                committed,
                ..
            } => append(group, vote, previous, entries, committed).await,
            Request::Vote {
                vote,
                last,
                is_transfer,
                is_pre_vote,
                ..
            } => request_vote(group, vote, last, is_transfer, is_pre_vote).await,
            Request::TransferLeader { from, to, last, .. } => transfer(group, from, to, last).await,
            Request::Propose { command, .. } => self.propose(group, command).await,
            Request::Change { change, .. } => self.change(group, change).await,
            Request::Digest { index, .. } => Answer::Digest(group.state().digests.at(index)),
            Request::Compare { .. } => match group.compare_here().await {
                Ok(comparison) => Answer::Compared(comparison),
                Err(error) => Answer::Refused(refusal(error)),
            },
            Request::WouldLead { .. } => match group.unwilling() {
                None => Answer::Done,
                Some(reason) => Answer::Refused(Refusal::NotNow { reason }),
            },
            Request::Diverged { index, .. } => {
                group.report_diverged(from, index);
                Answer::Done
            }
            Request::Install {
                vote,
                manifest_digest,
                ..
            } => {
                let Some(receiver) = self.receiver() else {
                    return Answer::Refused(Refusal::NoGroup);
                };
                // In a task of its own: the leader may not wait for its end, and it must come to one.
                let (group, counters) = (group.clone(), self.counters.clone());
                let installing = R::spawn(async move {
                    let answer = receiver.install(&group, vote, manifest_digest).await;
                    if matches!(answer, Answer::Installed { .. }) {
                        counters.snapshots_installed.add();
                    }
                    answer
                });
                installing.await.unwrap_or_else(|gone| {
                    Answer::Refused(Refusal::Stopped {
                        reason: gone.to_string(),
                    })
                })
            }
            Request::ReadIndexes { .. } | Request::Offer { .. } | Request::Piece(_) => {
                Answer::Refused(Refusal::Malformed {
                    reason: "it is not about one group".to_string(),
                })
            }
        }
    }

    async fn propose(&self, group: &Group<R>, command: Bytes) -> Answer {
        self.counters.forwards_received.add();
        let within = group.limits().propose_timeout;
        match group.propose_here(command, within).await {
            Ok(applied) => Answer::Applied {
                index: applied.index,
                outcome: applied.outcome,
            },
            Err(error) => Answer::Refused(refusal(error)),
        }
    }

    async fn change(&self, group: &Group<R>, change: Change) -> Answer {
        self.counters.forwards_received.add();
        match group.change_here(change).await {
            Ok(index) => Answer::Changed { index },
            Err(error) => Answer::Refused(refusal(error)),
        }
    }

    async fn offer(&self, manifest: Manifest) -> Answer {
        match (self.group(manifest.group), self.receiver()) {
            (Some(_), Some(receiver)) => receiver.offer::<R>(manifest).await,
            _ => Answer::Refused(Refusal::NoGroup),
        }
    }

    async fn read_indexes(&self, groups: Vec<GroupId>, lease: bool) -> Answer {
        let indexes = groups.into_iter().map(|id| async move {
            let index = match self.group(id) {
                Some(group) => group.read_index(lease).await,
                None => ReadIndex::NotLeader { leader: None },
            };
            (id, index)
        });
        Answer::ReadIndexes(join_all(indexes).await)
    }
}

impl<R: Runtime> Group<R> {
    /// How far the group is committed, if this node leads it: everything acknowledged before the call is at or before the answer.
    pub(crate) async fn read_index(&self, lease: bool) -> ReadIndex {
        let option = if lease {
            LinearizerOption::new(None, false).with_wait_timeout(std::time::Duration::ZERO)
        } else {
            LinearizerOption::new(Some(std::time::Duration::ZERO), true)
                .with_wait_timeout(self.limits().read_index_timeout)
        };
        match self.raft().get_read_linearizer(option).await {
            Ok(linearizer) => ReadIndex::At(linearizer.read_log_id().index()),
            Err(RaftError::APIError(LinearizableReadError::ForwardToLeader(forward))) => {
                ReadIndex::NotLeader {
                    leader: forward.leader_id.filter(|leader| *leader != self.node_id()),
                }
            }
            Err(error) => ReadIndex::Unsure {
                reason: error.to_string(),
            },
        }
    }
}

async fn append<R: Runtime>(
    group: &Group<R>,
    vote: VoteRow,
    previous: Option<PositionRow>,
    entries: Vec<EntryRow>,
    committed: Option<PositionRow>,
) -> Answer {
    let entries = entries.into_iter().map(rows::entry).collect();
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            let reason = std::io::Error::to_string(&error);
            return Answer::Refused(Refusal::Malformed { reason });
        }
    };
    let request = AppendEntriesRequest {
        vote: rows::vote(vote),
        prev_log_id: previous.map(rows::log_id),
        entries,
        leader_commit: committed.map(rows::log_id),
    };
    match group.raft().append_entries(request).await {
        Ok(AppendEntriesResponse::Success | AppendEntriesResponse::PartialSuccess(_)) => {
            Answer::Appended
        }
        Ok(AppendEntriesResponse::Conflict) => Answer::Conflict,
        Ok(AppendEntriesResponse::HigherVote(vote)) => Answer::HigherVote(rows::vote_row(&vote)),
        Err(error) => stopped(&error),
    }
}

async fn request_vote<R: Runtime>(
    group: &Group<R>,
    vote: VoteRow,
    last: Option<PositionRow>,
    is_transfer: bool,
    is_pre_vote: bool,
) -> Answer {
    let mut request = VoteRequest::new(rows::vote(vote), last.map(rows::log_id));
    request.leadership_transfer = is_transfer;
    let answer = if is_pre_vote {
        group.raft().pre_vote(request).await
    } else {
        group.raft().vote(request).await
    };
    match answer {
        Ok(response) => Answer::Voted {
            vote: rows::vote_row(&response.vote),
            last: response.last_log_id.map(rows::position),
            granted: response.vote_granted,
        },
        Err(error) => stopped(&error),
    }
}

async fn transfer<R: Runtime>(
    group: &Group<R>,
    from: VoteRow,
    to: u64,
    last: Option<PositionRow>,
) -> Answer {
    let request = TransferLeaderRequest::new(rows::vote(from), to, last.map(rows::log_id));
    match group.raft().handle_transfer_leader(request).await {
        Ok(result) => Answer::Transferred(result.map_err(|error| match error {
            TransferLeaderError::VoteChanged { expected, actual } => NotTransferred::VoteChanged {
                expected: rows::vote_row(&expected),
                actual: rows::vote_row(&actual),
            },
            TransferLeaderError::LogNotFlushed { expected, actual } => {
                NotTransferred::LogNotFlushed {
                    expected: expected.map(rows::position),
                    actual: actual.map(rows::position),
                }
            }
        })),
        Err(error) => stopped(&error),
    }
}

fn stopped(error: &dyn std::error::Error) -> Answer {
    Answer::Refused(Refusal::Stopped {
        reason: error.to_string(),
    })
}
