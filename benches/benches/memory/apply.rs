//! Apply: commands through the machines of a group, from encoded command to rows in a batch.
//!
//! - Batches are not committed, so that every call sees the same state; `commit` measures that part
//!   alone, unsynced.
//! - Customers have 20 interactions each, in a store that is flushed: rows come from its block
//!   cache.

use std::cell::Cell;

use acquaint_profile::Identifiers;
use acquaint_storage::codec;
use acquaint_storage::command::{AnchorsCommand, IdentityCommand, IngestBatch, ObserveRow};
use acquaint_storage::row::FeedPosition;
use divan::Bencher;
use divan::counter::ItemsCount;

use crate::machines::{ANCHORS, IDENTITY, Machines};
use crate::workspace::{WORKSPACE, Workspace, values};

const MESSAGES: [u32; 2] = [1, 100];
const CUSTOMERS: u32 = 1_000;
const INTERACTIONS: u32 = 20;
/// Traits of the large rollup, which has as many as a profile may have, near their largest size.
const LARGE_TRAITS: u32 = 256;
const LARGE_TRAIT_BYTES: usize = 1_900;

fn customer(workspace: &Workspace, number: u32) -> Identifiers {
    workspace.identifiers(&[
        ("user_id", &format!("user-{number}")),
        ("email", &format!("person{number}@example.com")),
        ("anonymous_id", &format!("browser-{number}")),
    ])
}

fn customers(workspace: &Workspace, numbers: std::ops::Range<u32>) -> Vec<Identifiers> {
    numbers.map(|number| customer(workspace, number)).collect()
}

/// Machines whose anchors group has interactions of customers 0 to `CUSTOMERS`.
fn loaded(workspace: &Workspace) -> Machines {
    let mut machines = Machines::new(workspace);
    let customers = customers(workspace, 0..CUSTOMERS);
    for number in 0..INTERACTIONS {
        let command = AnchorsCommand::Ingest(workspace.command(&customers, number));
        machines.apply_and_commit(ANCHORS, &command);
    }
    machines.store.flush().expect("the store can be flushed");
    machines
}

fn bench_ingest(bencher: Bencher, machines: &Machines, command: IngestBatch) {
    let messages = command.messages.len();
    let bytes = codec::encode(&AnchorsCommand::Ingest(command));
    bencher
        .counter(ItemsCount::new(messages))
        .with_inputs(|| machines.store.batch(ANCHORS))
        .bench_local_refs(|batch| machines.apply(ANCHORS, &bytes, batch));
}

#[divan::bench(args = MESSAGES)]
fn new_customers(bencher: Bencher, messages: u32) {
    let workspace = Workspace::new();
    let customers = customers(&workspace, CUSTOMERS..CUSTOMERS + messages);
    let command = workspace.command(&customers, 0);
    bench_ingest(bencher, &loaded(&workspace), command);
}

#[divan::bench(args = MESSAGES)]
fn known_customers(bencher: Bencher, messages: u32) {
    let workspace = Workspace::new();
    let command = workspace.command(&customers(&workspace, 0..messages), INTERACTIONS);
    bench_ingest(bencher, &loaded(&workspace), command);
}

#[divan::bench(args = MESSAGES)]
fn duplicates(bencher: Bencher, messages: u32) {
    let workspace = Workspace::new();
    let command = workspace.command(&customers(&workspace, 0..messages), 0);
    bench_ingest(bencher, &loaded(&workspace), command);
}

/// One message for a customer whose rollup takes about 500 KB.
#[divan::bench]
fn large_rollup(bencher: Bencher) {
    let workspace = Workspace::new();
    let mut machines = Machines::new(&workspace);
    let customer = customer(&workspace, 0);
    let text = "x".repeat(LARGE_TRAIT_BYTES);
    for number in 0..LARGE_TRAITS {
        let mut interaction = workspace.interaction(&customer, number);
        interaction.traits = values([(format!("trait-{number}").as_str(), text.as_str())]);
        let command = IngestBatch {
            workspace: WORKSPACE,
            messages: vec![workspace.message(interaction)],
        };
        machines.apply_and_commit(ANCHORS, &AnchorsCommand::Ingest(command));
    }
    machines.store.flush().expect("the store can be flushed");
    let command = workspace.command(&[customer], LARGE_TRAITS);
    bench_ingest(bencher, &machines, command);
}

/// Writes the rows of one command of known customers, which is another one each time: the messages
/// of a command that was written are duplicates afterwards, without rows.
#[divan::bench(args = MESSAGES, sample_size = 1)]
fn commit(bencher: Bencher, messages: u32) {
    let workspace = Workspace::new();
    let machines = loaded(&workspace);
    let customers = customers(&workspace, 0..messages);
    let next = Cell::new(INTERACTIONS);
    let applied = || {
        let command = workspace.command(&customers, next.replace(next.get() + 1));
        let bytes = codec::encode(&AnchorsCommand::Ingest(command));
        let mut batch = machines.store.batch(ANCHORS);
        machines.apply(ANCHORS, &bytes, &mut batch);
        batch
    };
    bencher
        .counter(ItemsCount::new(messages))
        .with_inputs(applied)
        .bench_local_values(|batch| batch.commit().expect("the store can be written"));
}

/// Rows of an outbox into the identity group: evidence of people that it does not know.
#[divan::bench(args = MESSAGES)]
fn observe_new_people(bencher: Bencher, rows: u32) {
    let workspace = Workspace::new();
    let machines = Machines::new(&workspace);
    let row = |number| ObserveRow {
        position: FeedPosition {
            index: 1,
            seq: number,
        },
        workspace: WORKSPACE,
        evidence: workspace.evidence(&customer(&workspace, number), 0),
    };
    let bytes = codec::encode(&IdentityCommand::Observe {
        from: ANCHORS,
        rows: (0..rows).map(row).collect(),
    });
    bencher
        .counter(ItemsCount::new(rows))
        .with_inputs(|| machines.store.batch(IDENTITY))
        .bench_local_refs(|batch| machines.apply(IDENTITY, &bytes, batch));
}
