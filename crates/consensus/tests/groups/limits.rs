//! Every queue has a bound and every wait an end, and both say so.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use acquaint_consensus::{At, Consensus, Error, Machine, Options, Role, TokioRuntime};
use acquaint_storage::Batch;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::ledger::{group, open, options, slot_map, start};

/// Applies a command once somebody lets it.
struct Gate(Mutex<Receiver<()>>);

impl Machine for Gate {
    fn apply(&self, _: At, _: &[u8], _: &mut Batch<'_>) -> Result<Bytes, acquaint_storage::Error> {
        // The other side gone means that everything may pass.
        let _ = self.0.lock().recv();
        Ok(Bytes::new())
    }

    fn is_brief(&self, _: &[u8]) -> bool {
        false
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_a_late_answer_is_unknown() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let (open_gate, gate) = channel();
    let gate: Arc<dyn Machine> = Arc::new(Gate(Mutex::new(gate)));
    let mut options = Options::new(1, store, slot_map(1), vec![(group(0), gate)]);
    options.in_flight_bytes_max = 1_000;
    options.propose_timeout = Duration::from_millis(200);
    let node = Consensus::<TokioRuntime>::start(options).await.unwrap();
    let group = node.group(group(0)).unwrap();

    let late = group.propose(vec![0; 900].into()).await.unwrap_err();
    assert!(matches!(late, Error::Timeout { .. }), "{late}");
    assert!(late.outcome_unknown());
    assert_eq!(group.status().in_flight_bytes, 900, "it is still queued");

    let refused = group.propose(vec![0; 200].into()).await.unwrap_err();
    assert!(matches!(refused, Error::QueueFull { .. }), "{refused}");
    assert!(!refused.outcome_unknown());

    let late_index = group.applied() + 1;
    open_gate.send(()).unwrap();
    let wait = Duration::from_secs(10);
    assert!(group.wait_applied(late_index, wait).await.unwrap() >= late_index);
    drop(open_gate);
    while group.status().in_flight_bytes > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    group.propose(vec![0; 200].into()).await.unwrap();
    let never = group
        .wait_applied(u64::MAX, Duration::from_millis(10))
        .await;
    assert!(matches!(never, Err(Error::Timeout { .. })));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_a_largest_size() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&open(directory.path()), 1);
    options.command_bytes_max = 100;
    let node = Consensus::<TokioRuntime>::start(options).await.unwrap();
    let group = node.group(group(0)).unwrap();
    group.propose(vec![0; 100].into()).await.unwrap();
    let error = group.propose(vec![0; 101].into()).await.unwrap_err();
    assert!(matches!(error, Error::CommandTooLarge { .. }), "{error}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_tells_its_state_and_stops_when_told() {
    let directory = tempfile::tempdir().unwrap();
    let node = start(&open(directory.path()), 1).await;
    let group = node.group(group(0)).unwrap().clone();
    let applied = group.propose(Bytes::from_static(b"command")).await.unwrap();
    let status = group.status();
    assert_eq!(status.role, Role::Leader);
    assert_eq!(status.leader, Some(1));
    assert_eq!(status.last_log, Some(applied.index));
    assert_eq!(status.in_flight_bytes, 0);
    assert_eq!(group.applied(), applied.index);
    node.shutdown().await;
    let error = group
        .propose(Bytes::from_static(b"command"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    assert_eq!(node.failure(), None, "a shutdown is no failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_group_twice_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut twice = options(&store, 1);
    twice.groups.extend(options(&store, 1).groups);
    let started = Consensus::<TokioRuntime>::start(twice).await;
    assert!(matches!(started, Err(Error::DuplicateGroup(_))));
}
