//! What openraft says to another node, over a [`Transport`].
//!
//! ```text
//! replication ─► stream_append ─► up to APPENDS_IN_FLIGHT requests of the group, answered in order ─┐
//! heartbeat   ─► stream_append ─► one, on the control lane                                        ├─► Transport
//! election    ─► vote, pre_vote, transfer_leader                                                   │
//! lagging     ─► full_snapshot: see `snapshot::send` ──────────────────────────────────────────────┘
//! ```
//!
//! - Entries travel on the log lane and what carries none on the control lane, so that a heartbeat does not wait behind
//!   entries. After the first entries of a stream, everything of it stays on the log lane: it would overtake them.
//! - Every call of openraft's is answered here: its own `pre_vote` *grants*, its `stream_append` asks one by one, and its
//!   `transfer_leader` is refused.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use acquaint_storage::{GroupId, codec};
use futures::{Stream, StreamExt};
use openraft::base::{BoxFuture, BoxStream};
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, StreamAppendError,
    StreamAppendResult, TransferLeaderError, TransferLeaderRequest, TransferLeaderResponse,
    VoteRequest, VoteResponse,
};
use openraft::{BasicNode, OptionalSend};

use crate::peer::{CallError, Lane, Transport};
use crate::rows;
use crate::runtime::Runtime;
use crate::snapshot::{Sender, Snapshot, SnapshotData};
use crate::type_config::{LogId, Types, Vote};
use crate::wire::{Answer, NotTransferred, Refusal, Request};

/// Requests of one group to one peer that wait for their answers at the same time.
const APPENDS_IN_FLIGHT: usize = 8;

/// Who makes the connections of one group.
#[derive(Clone)]
pub(crate) struct Peers {
    group: GroupId,
    transport: Arc<dyn Transport>,
    append_timeout: Duration,
    snapshots: Sender,
}

/// One peer, as one group sees it.
#[derive(Clone)]
pub(crate) struct Peer {
    target: u64,
    peers: Peers,
}

impl Peers {
    pub(crate) fn new(
        group: GroupId,
        transport: Arc<dyn Transport>,
        append_timeout: Duration,
        snapshots: Sender,
    ) -> Self {
        Peers {
            group,
            transport,
            append_timeout,
            snapshots,
        }
    }
}

impl<R: Runtime> RaftNetworkFactory<Types<R>> for Peers {
    type Network = Peer;

    async fn new_client(&mut self, target: u64, _node: &BasicNode) -> Peer {
        let peers = self.clone();
        Peer { target, peers }
    }
}

/// Asks a node, and reads its answer.
pub(crate) fn ask(
    transport: &dyn Transport,
    to: u64,
    lane: Lane,
    request: &Request,
    within: Duration,
) -> impl Future<Output = Result<Answer, CallError>> + Send + use<> {
    let answer = transport.call(to, lane, request.encode(), within);
    async move {
        let bytes = answer.await?;
        codec::decode(&bytes).map_err(|error| CallError::Broken {
            to,
            reason: format!("its answer cannot be read: {error}"),
        })
    }
}

impl Peer {
    fn ask(
        &self,
        lane: Lane,
        request: &Request,
        within: Duration,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send + use<> {
        ask(&*self.peers.transport, self.target, lane, request, within)
    }

    /// Sends entries, or none, and waits for what becomes of them.
    fn append<R: Runtime>(
        &self,
        lane: Lane,
        request: AppendEntriesRequest<Types<R>>,
    ) -> impl Future<Output = Result<StreamAppendResult<Types<R>>, RPCError<Types<R>>>> + Send + use<R>
    {
        let previous = request.prev_log_id;
        let last = request
            .entries
            .last()
            .map_or(previous, |entry| Some(entry.log_id));
        let request = Request::Append {
            group: self.peers.group,
            vote: rows::vote_row(&request.vote),
            previous: previous.map(rows::position),
            entries: request.entries.iter().map(rows::entry_row).collect(),
            committed: request.leader_commit.map(rows::position),
        };
        let answer = self.ask(lane, &request, self.peers.append_timeout);
        async move { appended(answer.await.map_err(failed)?, previous, last) }
    }

    async fn request_vote<R: Runtime>(
        &self,
        request: VoteRequest<Types<R>>,
        option: &RPCOption,
        is_pre_vote: bool,
    ) -> Result<VoteResponse<Types<R>>, RPCError<Types<R>>> {
        let request = Request::Vote {
            group: self.peers.group,
            vote: rows::vote_row(&request.vote),
            last: request.last_log_id.map(rows::position),
            is_transfer: request.leadership_transfer,
            is_pre_vote,
        };
        let answer = self.ask(Lane::Control, &request, option.soft_ttl());
        match answer.await.map_err(failed)? {
            Answer::Voted {
                vote,
                last,
                granted,
            } => Ok(VoteResponse::new(
                rows::vote(vote),
                last.map(rows::log_id),
                granted,
            )),
            other => Err(unexpected(&other)),
        }
    }
}

fn appended<R: Runtime>(
    answer: Answer,
    previous: Option<LogId>,
    last: Option<LogId>,
) -> Result<StreamAppendResult<Types<R>>, RPCError<Types<R>>> {
    match (answer, previous) {
        (Answer::Appended, _) => Ok(Ok(last)),
        (Answer::Conflict, Some(previous)) => Ok(Err(StreamAppendError::Conflict(previous))),
        (Answer::HigherVote(vote), _) => Ok(Err(StreamAppendError::HigherVote(rows::vote(vote)))),
        (other, _) => Err(unexpected(&other)),
    }
}

/// What did not arrive is tried again after a pause, what may have arrived at once.
fn failed<R: Runtime>(error: CallError) -> RPCError<Types<R>> {
    if error.may_have_arrived() {
        RPCError::Network(NetworkError::new(&error))
    } else {
        RPCError::Unreachable(Unreachable::new(&error))
    }
}

/// A peer that has not got the group, or has stopped it, is as good as out of reach.
fn unexpected<R: Runtime>(answer: &Answer) -> RPCError<Types<R>> {
    let reason = match answer {
        Answer::Refused(Refusal::NoGroup) => "it does not have the group".to_string(),
        Answer::Refused(Refusal::Stopped { reason }) => {
            format!("its replica has stopped: {reason}")
        }
        other => format!("it answered {other:?}"),
    };
    RPCError::Unreachable(Unreachable::from_string(reason))
}

impl<R: Runtime> RaftNetworkV2<Types<R>> for Peer {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types<R>>,
        _option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types<R>>, RPCError<Types<R>>> {
        let lane = lane_of(&request);
        let result = self.append(lane, request).await?;
        Ok(AppendEntriesResponse::from(result))
    }

    fn stream_append<'s, S>(
        &'s mut self,
        input: S,
        _option: RPCOption,
    ) -> BoxFuture<
        's,
        Result<
            BoxStream<'s, Result<StreamAppendResult<Types<R>>, RPCError<Types<R>>>>,
            RPCError<Types<R>>,
        >,
    >
    where
        S: Stream<Item = AppendEntriesRequest<Types<R>>> + OptionalSend + Unpin + 'static,
    {
        let peer = self.clone();
        let mut lane = Lane::Control;
        let answers = input
            .map(move |request| {
                lane = lane.max(lane_of(&request));
                peer.append(lane, request)
            })
            .buffered(APPENDS_IN_FLIGHT);
        // What follows a failure was sent on the assumption that it succeeds.
        let until_failure = answers.scan(false, |failed, answer| {
            let before = std::mem::replace(failed, !matches!(answer, Ok(Ok(_))));
            std::future::ready((!before).then_some(answer))
        });
        let answers: BoxStream<'s, _> = Box::pin(until_failure);
        Box::pin(std::future::ready(Ok(answers)))
    }

    async fn vote(
        &mut self,
        request: VoteRequest<Types<R>>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types<R>>, RPCError<Types<R>>> {
        self.request_vote(request, &option, false).await
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<Types<R>>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types<R>>, RPCError<Types<R>>> {
        self.request_vote(request, &option, true).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<Types<R>>, StreamingError<Types<R>>> {
        let sent = self.peers.snapshots.send::<R>(
            &self.peers.transport,
            self.target,
            vote,
            snapshot,
            option.hard_ttl(),
        );
        match futures::future::select(std::pin::pin!(cancel), std::pin::pin!(sent)).await {
            futures::future::Either::Left((closed, _)) => Err(closed.into()),
            futures::future::Either::Right((sent, _)) => sent.map(SnapshotResponse::new),
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<Types<R>>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<Types<R>>, RPCError<Types<R>>> {
        let request = Request::TransferLeader {
            group: self.peers.group,
            from: rows::vote_row(request.from_leader()),
            to: *request.to_node_id(),
            last: request.last_log_id().copied().map(rows::position),
        };
        let answer = self.ask(Lane::Control, &request, option.soft_ttl());
        match answer.await.map_err(failed)? {
            Answer::Transferred(result) => Ok(result.map_err(not_transferred)),
            other => Err(unexpected(&other)),
        }
    }
}

fn lane_of<R: Runtime>(request: &AppendEntriesRequest<Types<R>>) -> Lane {
    if request.entries.is_empty() {
        Lane::Control
    } else {
        Lane::Log
    }
}

fn not_transferred<R: Runtime>(reason: NotTransferred) -> TransferLeaderError<Types<R>> {
    match reason {
        NotTransferred::VoteChanged { expected, actual } => TransferLeaderError::VoteChanged {
            expected: rows::vote(expected),
            actual: rows::vote(actual),
        },
        NotTransferred::LogNotFlushed { expected, actual } => TransferLeaderError::LogNotFlushed {
            expected: expected.map(rows::log_id),
            actual: actual.map(rows::log_id),
        },
    }
}
