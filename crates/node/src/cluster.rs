//! Operating the cluster: admitting nodes, making them learners and voters, draining and removing them, and what there is to
//! see.
//!
//! - What is asked of any node is done where the groups are led: see [`acquaint_consensus::Group::change`].
//! - A change goes through all groups, one after the other. One that was cut short is finished by asking for it again.
//! - A node is removed from every group before the registry forgets it.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_api::cluster::{
    AdmissionBody, AdmitBody, ClusterBody, ComparisonBody, ComparisonsBody, DigestBody,
    FollowerBody, NodeBody, NodeRole, ReplicaBody,
};
use acquaint_consensus::{
    CAUGHT_UP_ENTRIES, Change, Comparison, Group, Members, Status, TokioRuntime,
};
use acquaint_storage::command::{RegistryCommand, RegistryOutcome};
use acquaint_storage::row::MemberRow;
use acquaint_storage::{GroupId, Key, Read, StateDigest};
use data_encoding::HEXLOWER;

use crate::formation::PROGRAM;
use crate::machine::members::members;
use crate::proposing::{self, propose};
use crate::{Error, Node};

impl Node {
    /// The cluster as this node sees it.
    pub fn cluster(&self) -> Result<ClusterBody, Error> {
        let statuses: Vec<Status> = self.groups().map(Group::status).collect();
        let members_of = |group: &Group<TokioRuntime>| (group.id(), group.members());
        let membership: BTreeMap<GroupId, Members> = self.groups().map(members_of).collect();
        let nodes = members(&self.store().snapshot())?
            .into_iter()
            .map(|(node, row)| self.node_body(node, row, &statuses, &membership));
        let cluster = &self.config().cluster;
        let address = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(ClusterBody {
            cluster: Some(HEXLOWER.encode(&self.row().cluster)),
            node: Some(self.row().node),
            peer_address: address(&cluster.peer_address),
            http_address: address(&cluster.http_address),
            program: PROGRAM.to_owned(),
            formed: true,
            ready: self.is_ready(),
            commands: proposing::allowed(self.store())?,
            problems: self.problems()?,
            nodes: nodes.collect(),
            groups: statuses
                .into_iter()
                .map(|status| replica_body(status, &membership))
                .collect(),
        })
    }

    /// Makes a node known that is going to join, and says what it needs for that.
    pub async fn admit_node(&self, body: AdmitBody) -> Result<AdmissionBody, Error> {
        if self.config().cluster.is_alone() {
            return Err(Error::conflict(
                "this node is configured to be alone: set cluster.peer_listen and start it again",
            ));
        }
        let command = RegistryCommand::Admit {
            peer_address: body.peer_address,
            http_address: body.http_address,
        };
        let node = match self.register(command).await? {
            RegistryOutcome::Admitted { node } => node,
            RegistryOutcome::Refused { reason } => return Err(Error::conflict(reason)),
            other => return Err(unexpected(&other)),
        };
        Ok(AdmissionBody {
            cluster: HEXLOWER.encode(&self.row().cluster),
            node,
            anchors_groups: self.slot_map().anchors_groups,
            peers: self.addresses()?,
        })
    }

    /// Has a node follow every group, without a vote.
    pub async fn add_learner(&self, node: u64) -> Result<(), Error> {
        let address = self.member(node)?.peer_address;
        self.change_all(&Change::AddLearner { node, address }).await
    }

    /// Gives a node a vote in every group, once it has caught up.
    pub async fn promote_node(&self, node: u64) -> Result<(), Error> {
        self.member(node)?;
        for group in self.groups() {
            let members = group.members();
            if !members.contains(node) {
                return Err(Error::conflict(format!(
                    "node {node} does not follow {}: add it as a learner first",
                    group.id()
                )));
            }
        }
        let nodes = BTreeSet::from([node]);
        // Asked of the leaders, which alone know how far a follower is.
        self.change_all(&Change::Promote { nodes }).await
    }

    /// Takes a node out of every group, and forgets it. Its id is never used again.
    pub async fn remove_node(&self, node: u64) -> Result<(), Error> {
        for group in self.groups() {
            if group.members().voters == BTreeSet::from([node]) {
                return Err(Error::conflict(format!(
                    "node {node} is the only voter of {}",
                    group.id()
                )));
            }
        }
        self.member(node)?;
        self.change_all(&Change::Remove { node }).await?;
        done(
            node,
            &self.register(RegistryCommand::Forget { node }).await?,
        )
    }

    /// Has another voter lead a group.
    pub async fn transfer_leader(&self, group: &str, to: u64) -> Result<(), Error> {
        let group = self.groups().find(|known| known.id().to_string() == group);
        let group = group.ok_or_else(|| {
            let known: Vec<String> = self.groups().map(|group| group.id().to_string()).collect();
            Error::conflict(format!(
                "there is no such group; there are {}",
                known.join(", ")
            ))
        })?;
        group.change(Change::TransferLeader { to }).await?;
        Ok(())
    }

    /// Has a node lead no group, or lets it lead again.
    pub async fn drain_node(&self, node: u64, draining: bool) -> Result<(), Error> {
        let command = RegistryCommand::SetDraining { node, draining };
        done(node, &self.register(command).await?)
    }

    /// Has the replicas of every group compare their states. Those that differ stop.
    pub async fn compare_states(&self) -> Result<ComparisonsBody, Error> {
        let mut groups = Vec::new();
        for group in self.groups() {
            let comparison = group.compare().await?;
            groups.push(comparison_body(&comparison));
        }
        Ok(ComparisonsBody { groups })
    }

    /// Gives away the leadership of every group that this node leads, as far as somebody can take it, and of every one that it
    /// is given from now on. For a node that is about to stop.
    pub async fn hand_over(&self) {
        self.set_leaving();
        self.give_away().await;
    }

    /// Gives away what this node leads now.
    pub(crate) async fn give_away(&self) {
        for group in self.groups().filter(|group| group.is_leader()) {
            if let Some(to) = successor(&group.status(), &group.members(), &BTreeSet::new()) {
                let handed = group.change(Change::TransferLeader { to }).await;
                if let Err(error) = handed {
                    tracing::warn!(group = %group.id(), to, %error, "the leadership was not handed over");
                }
            }
        }
    }

    /// Proposes to the registry, and waits until this node has the result.
    pub(crate) async fn register(
        &self,
        command: RegistryCommand,
    ) -> Result<RegistryOutcome, Error> {
        let group = self.group(GroupId::Registry)?;
        let settled = propose(self.store(), group, &command).await?;
        group
            .wait_applied(settled.index, self.wait_ms_max())
            .await?;
        Ok(settled.outcome)
    }

    /// Where every node of the cluster is reached, as far as this one knows.
    pub(crate) fn addresses(&self) -> Result<BTreeMap<u64, String>, Error> {
        let mut addresses = self.row().peers.clone();
        for (node, member) in members(&self.store().snapshot())? {
            addresses.insert(node, member.peer_address);
        }
        addresses.insert(self.row().node, self.config().cluster.peer_address.clone());
        Ok(addresses)
    }

    fn member(&self, node: u64) -> Result<MemberRow, Error> {
        let row = self.store().snapshot().get(&Key::Node { node })?;
        row.ok_or_else(|| Error::no_node(node))
    }

    async fn change_all(&self, change: &Change) -> Result<(), Error> {
        for group in self.groups() {
            group.change(change.clone()).await?;
        }
        Ok(())
    }

    fn node_body(
        &self,
        node: u64,
        row: MemberRow,
        statuses: &[Status],
        membership: &BTreeMap<GroupId, Members>,
    ) -> NodeBody {
        let everywhere = |has: fn(&Members, u64) -> bool| membership.values().all(|m| has(m, node));
        let role = if everywhere(|members, node| members.voters.contains(&node)) {
            NodeRole::Voter
        } else if everywhere(Members::contains) {
            NodeRole::Learner
        } else {
            NodeRole::Admitted
        };
        let led = |status: &&Status| status.leader == Some(node);
        let seen: Vec<_> = statuses
            .iter()
            .flat_map(|status| &status.followers)
            .filter(|follower| follower.node == node)
            .collect();
        let silence = seen.iter().filter_map(|follower| follower.silence).min();
        NodeBody {
            node,
            peer_address: row.peer_address,
            http_address: row.http_address,
            program: row.program,
            role,
            draining: row.draining,
            leads: u32::try_from(statuses.iter().filter(led).count()).unwrap_or(u32::MAX),
            caught_up: (!seen.is_empty())
                .then(|| seen.iter().all(|f| f.lag_entries <= CAUGHT_UP_ENTRIES)),
            silent_ms: silence
                .map(|silence| u64::try_from(silence.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// Who should lead a group in this node's place: the voter that is furthest and was heard of last.
pub(crate) fn successor(status: &Status, members: &Members, not: &BTreeSet<u64>) -> Option<u64> {
    let fit = status.followers.iter().filter(|follower| {
        members.voters.contains(&follower.node)
            && !not.contains(&follower.node)
            && follower
                .silence
                .is_some_and(|silence| silence < SILENCE_MAX)
            && follower.lag_entries <= CAUGHT_UP_ENTRIES
    });
    let best = fit.min_by_key(|follower| (follower.lag_entries, follower.silence));
    best.map(|follower| follower.node)
}

/// How long a node may not have answered for leaderships to be handed to it.
const SILENCE_MAX: std::time::Duration = std::time::Duration::from_secs(2);

fn done(node: u64, outcome: &RegistryOutcome) -> Result<(), Error> {
    match outcome {
        RegistryOutcome::Done => Ok(()),
        RegistryOutcome::UnknownNode => Err(Error::no_node(node)),
        RegistryOutcome::Refused { reason } => Err(Error::conflict(reason.clone())),
        other => Err(unexpected(other)),
    }
}

fn unexpected(outcome: &RegistryOutcome) -> Error {
    Error::Inconsistent(format!("the registry answered with {outcome:?}"))
}

fn replica_body(status: Status, membership: &BTreeMap<GroupId, Members>) -> ReplicaBody {
    let members = membership.get(&status.group).cloned().unwrap_or_default();
    let follower = |follower: &acquaint_consensus::Follower| FollowerBody {
        node: follower.node,
        matched: follower.matched,
        lag_entries: follower.lag_entries,
        silent_ms: (follower.silence)
            .map(|silence| u64::try_from(silence.as_millis()).unwrap_or(u64::MAX)),
    };
    ReplicaBody {
        group: status.group.to_string(),
        role: status.role.name().to_owned(),
        leader: status.leader,
        term: status.term,
        last_log: status.last_log,
        committed: status.committed,
        applied: status.applied,
        purged: status.purged,
        voters: members.voters.into_iter().collect(),
        learners: members.learners.into_iter().collect(),
        in_flight_bytes: status.in_flight_bytes,
        followers: status.followers.iter().map(follower).collect(),
        digest: (status.digest).map(|(index, digest)| digest_body(index, &digest)),
    }
}

fn digest_body(index: u64, digest: &StateDigest) -> DigestBody {
    DigestBody {
        index,
        hash: format!("{:032x}", digest.hash),
        rows: digest.rows,
    }
}

fn comparison_body(comparison: &Comparison) -> ComparisonBody {
    let digests = comparison.digests.iter();
    ComparisonBody {
        group: comparison.group.to_string(),
        index: comparison.index,
        agrees: comparison.agrees(),
        digests: digests
            .map(|(node, digest)| {
                let body = digest
                    .as_ref()
                    .map(|digest| digest_body(comparison.index, digest));
                (*node, body)
            })
            .collect(),
        diverged: comparison.diverged.clone(),
    }
}
