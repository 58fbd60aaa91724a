//! The network of a node that is alone in its cluster: there is nobody to reach.
//!
//! The peer transport takes this place. It has to answer every call here itself: the provided
//! `pre_vote` of openraft *grants*, its `stream_append` is sequential, and its `transfer_leader`
//! is refused.

use std::future::Future;

use openraft::errors::{RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, TransferLeaderRequest,
    TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::{BasicNode, OptionalSend};

use crate::runtime::Runtime;
use crate::snapshot::SnapshotData;
use crate::type_config::{LeaderId, Types, Vote};

/// The factory of connections to nobody.
pub(crate) struct Alone;

/// A peer that cannot be reached.
pub(crate) struct NoPeer {
    target: u64,
}

type Snapshot = openraft::Snapshot<LeaderId, u64, BasicNode, SnapshotData>;

impl NoPeer {
    fn unreachable<R: Runtime>(&self) -> Unreachable<Types<R>> {
        Unreachable::from_string(format!(
            "node {} cannot be reached: this node has no peer transport",
            self.target
        ))
    }
}

impl<R: Runtime> RaftNetworkFactory<Types<R>> for Alone {
    type Network = NoPeer;

    async fn new_client(&mut self, target: u64, _node: &BasicNode) -> NoPeer {
        NoPeer { target }
    }
}

impl<R: Runtime> RaftNetworkV2<Types<R>> for NoPeer {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        _rpc: AppendEntriesRequest<Types<R>>,
        _option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types<R>>, RPCError<Types<R>>> {
        Err(self.unreachable().into())
    }

    async fn vote(
        &mut self,
        _rpc: VoteRequest<Types<R>>,
        _option: RPCOption,
    ) -> Result<VoteResponse<Types<R>>, RPCError<Types<R>>> {
        Err(self.unreachable().into())
    }

    async fn pre_vote(
        &mut self,
        _rpc: VoteRequest<Types<R>>,
        _option: RPCOption,
    ) -> Result<VoteResponse<Types<R>>, RPCError<Types<R>>> {
        Err(self.unreachable().into())
    }

    async fn full_snapshot(
        &mut self,
        _vote: Vote,
        _snapshot: Snapshot,
        _cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<Types<R>>, StreamingError<Types<R>>> {
        Err(self.unreachable().into())
    }

    async fn transfer_leader(
        &mut self,
        _req: TransferLeaderRequest<Types<R>>,
        _option: RPCOption,
    ) -> Result<TransferLeaderResponse<Types<R>>, RPCError<Types<R>>> {
        Err(self.unreachable().into())
    }
}
