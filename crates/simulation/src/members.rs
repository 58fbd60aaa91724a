//! Makes the members of every group what they should be, as an operator would: step by step, again and again.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_consensus::{Change, Error, Members, Runtime};
use acquaint_storage::GroupId;

use crate::cluster::Cluster;
use crate::runtime::{self, HostRuntime};

const PAUSE: Duration = Duration::from_millis(300);
/// How long the operator waits for one change.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(25);

/// Works for ever.
pub(crate) async fn run(cluster: Cluster) {
    loop {
        runtime::wait(PAUSE).await;
        for group in cluster.settings.groups() {
            if let Some((node, change)) = next(&cluster, group) {
                cluster
                    .trace
                    .say(&format!("ask node {node} of {group}: {change:?}"));
                let changed = make(&cluster, node, group, change);
                let changed = HostRuntime::timeout(CHANGE_TIMEOUT, changed).await;
                cluster.trace.say(&format!("{group}: {changed:?}"));
            }
        }
        retire(&cluster).await;
    }
}

/// Whether every group has the members that it should have.
pub(crate) fn are_as_wanted(cluster: &Cluster) -> bool {
    let wanted = cluster.wanted();
    cluster.settings.groups().all(|group| {
        members(cluster, group).is_some_and(|members| {
            members.voters == wanted && members.learners.is_empty() && !members.is_changing
        })
    })
}

/// Who belongs to a group, as its leader sees it.
pub(crate) fn members(cluster: &Cluster, group: GroupId) -> Option<Members> {
    cluster.leader(group).map(|(_, group)| group.members())
}

/// The next change of a group, and a node to ask for it.
fn next(cluster: &Cluster, group: GroupId) -> Option<(u64, Change)> {
    let (leader, leading) = cluster.leader(group)?;
    let members = leading.members();
    let wanted = cluster.wanted();
    let node = leader.node;
    if let Some(&new) = wanted.iter().find(|node| !members.contains(**node)) {
        let address = format!("node-{new}");
        return Some((node, Change::AddLearner { node: new, address }));
    }
    let learners: BTreeSet<u64> = members.learners.intersection(&wanted).copied().collect();
    if !learners.is_empty() {
        return Some((node, Change::Promote { nodes: learners }));
    }
    let all = members.voters.union(&members.learners);
    let unwanted = all.copied().find(|node| !wanted.contains(node));
    if let Some(old) = unwanted {
        return Some((node, Change::Remove { node: old }));
    }
    // A change that was cut short is finished by asking for it again.
    let nodes = members.voters.clone();
    members
        .is_changing
        .then_some((node, Change::Promote { nodes }))
}

async fn make(
    cluster: &Cluster,
    node: u64,
    group: GroupId,
    change: Change,
) -> Option<Result<u64, Error>> {
    let changed = cluster.at(node, move |running| async move {
        match running.group(group) {
            Some(group) => group.change(change).await,
            None => Err(Error::NotLeader {
                group,
                leader: None,
            }),
        }
    });
    changed.await
}

/// Switches off the nodes that belong to no group any more.
async fn retire(cluster: &Cluster) {
    if !are_as_wanted(cluster) {
        return;
    }
    let wanted = cluster.wanted();
    for node in cluster.nodes() {
        if !wanted.contains(&node) {
            cluster.stop(node).await;
            cluster.wipe(node);
        }
    }
}
