//! Operating the cluster: admitting nodes, making them learners and voters, draining and removing them, and what there is to
//! see.
//!
//! - What is asked of any node is done where the groups are led: see [`acquaint_consensus::Group::change`].
//! - A change goes through all groups, one after the other. One that was cut short is finished by asking for it again.
//! - A node is removed from every group before the registry forgets it.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_api::ErrorCode;
use acquaint_api::cluster::{
    AdmissionBody, AdmitBody, ClusterBody, ComparisonBody, ComparisonsBody, DigestBody,
    FollowerBody, NodeBody, NodeRole, ReplicaBody,
};
use acquaint_consensus::{Change, Comparison, Group, Members, Status, TokioRuntime, successor};
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
        addresses_are_fit(&body)?;
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
        if (self.groups()).all(|group| group.members().voters.contains(&node)) {
            return Err(Error::conflict(format!(
                "node {node} votes in every group already"
            )));
        }
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
        if node == self.row().node && !self.is_only_member()? {
            return Err(Error::conflict(format!(
                "node {node} would not hear that it was removed: ask another node to do it"
            )));
        }
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
        self.member(to)?;
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
        if draining && !self.has_leaders_without(node)? {
            return Err(Error::conflict(format!(
                "without node {node} no voter would be left that may lead: let another one lead first (drain --off)"
            )));
        }
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
        self.give_away(&self.draining().unwrap_or_default()).await;
    }

    /// Gives away what this node leads now, to none of those that drain.
    pub(crate) async fn give_away(&self, draining: &BTreeSet<u64>) {
        for group in self.groups().filter(|group| group.is_leader()) {
            if let Some(to) = successor(&group.status(), &group.members(), draining) {
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
        let known = members(&self.store().snapshot())?;
        let known = known.into_iter();
        let mut addresses: BTreeMap<u64, String> = known
            .map(|(node, member)| (node, member.peer_address))
            .collect();
        if addresses.is_empty() {
            // A new node has no registry yet.
            addresses = self.row().peers.clone();
        }
        addresses.insert(self.row().node, self.config().cluster.peer_address.clone());
        Ok(addresses)
    }

    fn member(&self, node: u64) -> Result<MemberRow, Error> {
        let row = self.store().snapshot().get(&Key::Node { node })?;
        row.ok_or_else(|| Error::no_node(node))
    }

    /// The nodes that shall lead no group.
    pub(crate) fn draining(&self) -> Result<BTreeSet<u64>, Error> {
        let members = members(&self.store().snapshot())?;
        let draining = members.into_iter().filter(|(_, member)| member.draining);
        Ok(draining.map(|(node, _)| node).collect())
    }

    fn is_only_member(&self) -> Result<bool, Error> {
        Ok(members(&self.store().snapshot())?.len() == 1)
    }

    /// Whether some other voter may lead.
    fn has_leaders_without(&self, node: u64) -> Result<bool, Error> {
        let (draining, registry) = (self.draining()?, self.group(GroupId::Registry)?);
        let mut voters = registry.members().voters.into_iter();
        Ok(voters.any(|voter| voter != node && !draining.contains(&voter)))
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
            caught_up: (!seen.is_empty()).then(|| seen.iter().all(|follower| follower.is_well())),
            silent_ms: silence
                .map(|silence| u64::try_from(silence.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// What other nodes and clients are told has to be something that they can call.
fn addresses_are_fit(body: &AdmitBody) -> Result<(), Error> {
    let refused = |message: String| Err(Error::refused(ErrorCode::InvalidRequest, message));
    let peer = &body.peer_address;
    let is_peer = (peer.rsplit_once(':')).is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if !is_peer || peer.chars().any(char::is_whitespace) {
        return refused(format!(
            "peerAddress: `{peer}` is not a host and a port, such as node-2.internal:7400"
        ));
    }
    let http = &body.http_address;
    if !http.starts_with("http://") && !http.starts_with("https://") {
        return refused(format!(
            "httpAddress: `{http}` is not a URL, such as http://node-2.internal:8080"
        ));
    }
    Ok(())
}

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
