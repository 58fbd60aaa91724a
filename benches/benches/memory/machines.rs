//! The machines of a node without log and network: commands go straight into batches of the store.
//!
//! They are the machines that [`Replica`] registers. The replica starts once, so that nothing of
//! `node` has to be public for benchmarks, and stops before anything is measured.

use std::sync::Arc;

use acquaint_consensus::{At, Machine, TokioRuntime};
use acquaint_identity::RulesRow;
use acquaint_node::Replica;
use acquaint_storage::codec::{self, Stored};
use acquaint_storage::command::{AnchorsCommand, IdentityCommand};
use acquaint_storage::{Batch, GroupId, SlotMap, Store, StoreOptions};
use tempfile::TempDir;

use crate::workspace::{WORKSPACE, Workspace};

pub(crate) const ANCHORS: GroupId = GroupId::Anchors(0);
pub(crate) const IDENTITY: GroupId = GroupId::Identity(0);

/// One anchors group and one identity group over a store of their own.
pub(crate) struct Machines {
    pub(crate) store: Store,
    groups: Vec<(GroupId, Arc<dyn Machine>)>,
    next_index: u64,
    _directory: TempDir,
}

impl Machines {
    /// Machines that know the workspace and the division of the slots.
    pub(crate) fn new(workspace: &Workspace) -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let mut options = StoreOptions::new(directory.path());
        options.sync = false;
        options.free_bytes_min = 0;
        let store = Store::open(&options).expect("a store can be made");
        let slot_map = SlotMap::new(1);
        let mut machines = Self {
            groups: registered(&store, slot_map),
            store,
            next_index: 1_000,
            _directory: directory,
        };
        machines.apply_and_commit(ANCHORS, &AnchorsCommand::SetSlots(slot_map));
        machines.apply_and_commit(
            IDENTITY,
            &IdentityCommand::DefineWorkspace {
                workspace: WORKSPACE,
                rules: RulesRow {
                    rules: workspace.rules(),
                    text: String::new(),
                    author: "bench".to_owned(),
                    reason: "benchmarks".to_owned(),
                    at_ms: 1,
                },
            },
        );
        machines
    }

    /// Applies an encoded command to a batch, as the next entry of the group's log.
    pub(crate) fn apply(&self, group: GroupId, command: &[u8], batch: &mut Batch<'_>) {
        let at = At {
            group,
            index: self.next_index,
        };
        let outcome = self.machine(group).apply(at, command, batch);
        divan::black_box(outcome.expect("a command of this program"));
    }

    /// Applies a command and writes its rows.
    pub(crate) fn apply_and_commit<T: Stored>(&mut self, group: GroupId, command: &T) {
        let mut batch = self.store.batch(group);
        self.apply(group, &codec::encode(command), &mut batch);
        batch.commit().expect("the store can be written");
        self.next_index += 1;
    }

    fn machine(&self, group: GroupId) -> &dyn Machine {
        let found = self.groups.iter().find(|(id, _)| *id == group);
        &*found.expect("a group of the replica").1
    }
}

/// The machines that a replica registers for its groups.
fn registered(store: &Store, slot_map: SlotMap) -> Vec<(GroupId, Arc<dyn Machine>)> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let mut groups = Vec::new();
    runtime.block_on(async {
        let started = Replica::<TokioRuntime>::start(1, store.clone(), slot_map, |options| {
            groups.clone_from(&options.groups);
        });
        let replica = started.await.expect("a replica can start");
        replica.shutdown().await;
    });
    groups
}
