//! Three nodes in one process: proposals from anywhere, the loss of a leader, barriers, new members, equal states.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_consensus::{Change, Error, TokioRuntime};
use acquaint_storage::{Key, Store};
use bytes::Bytes;

use crate::ledger::{entries, group, propose};
use crate::wires::{Cluster, eventually};

const MINUTE: Duration = Duration::from_secs(60);

fn run(test: impl Future<Output = ()>) {
    use acquaint_consensus::Runtime;
    TokioRuntime::run(test);
}

#[test]
fn any_node_takes_proposals_for_every_group() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 3).await;
        for round in 0..10 {
            for node in [1, 2, 3] {
                for k in 0..3 {
                    let count = propose(&cluster.group(node, k), b"command").await;
                    assert_eq!(count, round * 3 + node);
                }
            }
        }
        let forwarded: u64 = cluster
            .nodes
            .values()
            .map(|node| node.counters().forwarded.get())
            .sum();
        assert!(forwarded >= 60, "two of three are forwarded: {forwarded}");
        let equal = || {
            let states: Vec<_> = cluster
                .stores
                .values()
                .map(|store| entries(store, group(0)))
                .collect();
            (states[0].count == 30 && states.iter().all(|state| *state == states[0])).then_some(())
        };
        eventually("the ledgers are equal", equal).await;
    });
}

#[test]
fn what_was_acknowledged_survives_the_loss_of_the_leader() {
    run(async {
        let mut cluster = Cluster::form(&[1, 2, 3], 1).await;
        let mut acknowledged = 0;
        for _ in 0..3 {
            let leader = cluster.leader(1, 0).await;
            for _ in 0..50 {
                acknowledged = propose(&cluster.group(leader, 0), b"before").await;
            }
            cluster.stop(leader).await;
            let other = if leader == 1 { 2 } else { 1 };
            let count = propose(&cluster.group(other, 0), b"after").await;
            assert_eq!(count, acknowledged + 1);
            cluster.start(leader, None).await;
            cluster.group(leader, 0).recovered(MINUTE).await.unwrap();
        }
        for node in [1, 2, 3] {
            cluster.nodes[&node].barrier().await.unwrap();
            assert_eq!(
                entries(&cluster.stores[&node], group(0)).count,
                acknowledged + 1
            );
        }
    });
}

#[test]
fn a_barrier_on_any_node_shows_what_was_acknowledged_before_it() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 2).await;
        for round in 1..=20 {
            let (writer, reader) = (1 + round % 3, 1 + (round + 1) % 3);
            propose(&cluster.group(writer, 1), b"write").await;
            let reached = cluster.nodes[&reader].barrier().await.unwrap();
            assert_eq!(entries(&cluster.stores[&reader], group(1)).count, round);
            assert_eq!(reached.indexes.len(), 2);
        }
    });
}

#[test]
fn a_node_that_is_cut_off_gives_no_barrier_and_no_proposal() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 1).await;
        let leader = cluster.leader(1, 0).await;
        propose(&cluster.group(leader, 0), b"before").await;
        cluster.wires.unplug(leader);
        let barrier = cluster.nodes[&leader].barrier().await;
        assert!(barrier.is_err(), "{barrier:?}");
        let other = if leader == 1 { 2 } else { 1 };
        assert_eq!(propose(&cluster.group(other, 0), b"without").await, 2);
        assert_eq!(entries(&cluster.stores[&leader], group(0)).count, 1);
        cluster.wires.plug_in(leader);
        let caught_up = || (entries(&cluster.stores[&leader], group(0)).count == 2).then_some(());
        eventually("the old leader follows", caught_up).await;
    });
}

#[test]
fn leadership_is_handed_over_on_request() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 1).await;
        for to in [2, 3, 1, 2] {
            cluster.leader(1, 0).await;
            cluster
                .group(1, 0)
                .change(Change::TransferLeader { to })
                .await
                .unwrap();
            let handed = || (cluster.group(to, 0).leader() == Some(to)).then_some(());
            eventually("it leads", handed).await;
            propose(&cluster.group(3, 0), b"after").await;
        }
        let refused = cluster
            .group(1, 0)
            .change(Change::TransferLeader { to: 9 })
            .await;
        assert!(matches!(refused, Err(Error::NotNow { .. })), "{refused:?}");
    });
}

/// The nodes that do not lead, once the leader has heard of them.
async fn followers(cluster: &Cluster) -> (u64, [u64; 2]) {
    let leader = cluster.leader(1, 0).await;
    let heard = || {
        let followers = cluster.group(leader, 0).status().followers;
        let well = followers.iter().filter(|follower| follower.is_well());
        let nodes: Vec<u64> = well.map(|follower| follower.node).collect();
        nodes.try_into().ok()
    };
    (leader, eventually("the followers are well", heard).await)
}

#[test]
fn nobody_is_handed_a_leadership_who_does_not_take_it() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 1).await;
        let (leader, [one, other]) = followers(&cluster).await;
        let group = cluster.group(leader, 0);
        let term = group.status().term;
        let refused = async |to, part: &str| {
            let refused = group.change(Change::TransferLeader { to }).await;
            match refused {
                Err(Error::NotNow { reason, .. }) => assert!(reason.contains(part), "{reason}"),
                other => panic!("{other:?}"),
            }
        };
        cluster.nodes[&one].set_unwilling(Some("it rests"));
        refused(one, "it rests").await;
        cluster.wires.unplug(other);
        refused(other, "does not answer").await;
        assert_eq!((group.leader(), group.status().term), (Some(leader), term));
        propose(&group, b"it led all the while").await;
        cluster.nodes[&one].set_unwilling(None);
        let to = Change::TransferLeader { to: one };
        group.change(to).await.unwrap();
        assert_eq!(group.leader(), Some(one));
    });
}

#[test]
fn a_leader_that_is_removed_hands_over_first() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 1).await;
        let (leader, [one, other]) = followers(&cluster).await;
        let term = cluster.group(leader, 0).status().term;
        let remove = Change::Remove { node: leader };
        cluster.group(one, 0).change(remove).await.unwrap();
        let new = cluster.leader(one, 0).await;
        assert!([one, other].contains(&new), "{new}");
        // It was asked to, and did not find out by silence.
        assert_eq!(cluster.group(new, 0).status().term, term + 1);
        let voters = cluster.group(new, 0).members().voters;
        assert_eq!(voters, BTreeSet::from([one, other]));
    });
}

#[test]
fn a_node_is_not_removed_that_the_majority_needs() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 1).await;
        let (leader, [one, other]) = followers(&cluster).await;
        cluster.wires.unplug(other);
        let group = cluster.group(leader, 0);
        let silent = || {
            let followers = group.status().followers;
            let mut silent = followers.iter().filter(|follower| !follower.is_heard());
            silent.next().map(|_| ())
        };
        eventually("it is missed", silent).await;
        let refused = group.change(Change::Remove { node: one }).await;
        match refused {
            Err(Error::NotNow { reason, .. }) => {
                assert!(
                    reason.contains(&format!("node {other} does not answer")),
                    "{reason}"
                );
            }
            other => panic!("{other:?}"),
        }
        group.change(Change::Remove { node: other }).await.unwrap();
    });
}

#[test]
fn a_new_node_catches_up_from_a_snapshot_and_votes() {
    run(async {
        let mut cluster = Cluster::form(&[1, 2], 1).await;
        for _ in 0..300 {
            propose(&cluster.group(1, 0), b"before").await;
        }
        for node in [1, 2] {
            let group = cluster.group(node, 0);
            group.purge().await.unwrap();
            let purged = || {
                group
                    .status()
                    .purged
                    .is_some_and(|index| index > 200)
                    .then_some(())
            };
            eventually("the log is purged", purged).await;
        }
        cluster.start(3, None).await;
        let address = "node-3".to_string();
        let learner = Change::AddLearner { node: 3, address };
        cluster.group(2, 0).change(learner.clone()).await.unwrap();
        let there = || (entries(&cluster.stores[&3], group(0)).count == 300).then_some(());
        eventually("the learner has it all", there).await;
        let installed = || cluster.nodes[&3].counters().snapshots_installed.get();
        eventually("by a snapshot", || (installed() == 1).then_some(())).await;
        let nodes = BTreeSet::from([3]);
        cluster
            .group(1, 0)
            .change(Change::Promote { nodes })
            .await
            .unwrap();
        // Asking again changes nothing.
        cluster.group(1, 0).change(learner).await.unwrap();
        // The node that was asked may follow the leader by a moment.
        let settled = || {
            let members = cluster.group(1, 0).members();
            let are_voters = members.voters == BTreeSet::from([1, 2, 3]);
            (are_voters && members.learners.is_empty() && !members.is_changing).then_some(())
        };
        eventually("the members are settled", settled).await;

        cluster
            .group(3, 0)
            .change(Change::Remove { node: 1 })
            .await
            .unwrap();
        cluster.stop(1).await;
        assert_eq!(propose(&cluster.group(3, 0), b"after").await, 301);
        let left =
            || (cluster.group(3, 0).members().voters == BTreeSet::from([2, 3])).then_some(());
        eventually("node 1 is gone", left).await;
    });
}

#[test]
fn replicas_that_differ_are_found_and_stop() {
    run(async {
        let cluster = Cluster::form(&[1, 2, 3], 1).await;
        for _ in 0..20 {
            propose(&cluster.group(1, 0), b"command").await;
        }
        let leader = cluster.leader(1, 0).await;
        let comparison = cluster.group(3, 0).compare().await.unwrap();
        assert!(comparison.agrees(), "{comparison:?}");
        assert_eq!(comparison.digests.values().flatten().count(), 3);

        let damaged = if leader == 1 { 2 } else { 1 };
        damage(&cluster.stores[&damaged]);
        let comparison = cluster.group(leader, 0).compare().await.unwrap();
        assert_eq!(comparison.diverged, [damaged]);
        let reason = cluster.nodes[&damaged].failed().await;
        assert!(
            reason.contains("not that of the other replicas"),
            "{reason}"
        );
        assert_eq!(cluster.nodes[&leader].failure(), None);
    });
}

/// Changes a row behind the machine's back.
fn damage(store: &Store) {
    let mut batch = store.batch(group(0));
    batch.delete(&Key::Outbox {
        group: group(0),
        index: 7,
        seq: 0,
    });
    batch.commit().unwrap();
}

#[test]
fn a_command_is_refused_where_nobody_leads() {
    run(async {
        let mut cluster = Cluster::form(&[1, 2, 3], 1).await;
        propose(&cluster.group(1, 0), b"before").await;
        cluster.stop(2).await;
        cluster.stop(3).await;
        let group = cluster.group(1, 0);
        let proposed = tokio::time::timeout(
            Duration::from_secs(3),
            group.propose(Bytes::from_static(b"x")),
        );
        assert!(
            !matches!(proposed.await, Ok(Ok(_))),
            "a minority takes nothing"
        );
    });
}
