//! Encode: stored rows and commands to bytes, and back.

use acquaint_identity::Evidence;
use acquaint_profile::Identifiers;
use acquaint_storage::codec::{self, Stored};
use acquaint_storage::command::{AnchorsCommand, IdentityCommand, ObserveRow};
use acquaint_storage::row::{FeedPosition, InteractionRow, OutboxRow, RollupRow, StrandRow};
use acquaint_storage::{GroupId, command::IngestMessage};
use divan::Bencher;
use divan::counter::BytesCount;

use crate::workspace::{SOURCE, WORKSPACE, Workspace};

const INTERACTIONS: u32 = 50;
const MESSAGES: [usize; 2] = [1, 100];

/// A stored row of an ordinary customer.
trait Row: Stored {
    fn sample() -> Self;
}

impl Row for RollupRow {
    fn sample() -> Self {
        let workspace = Workspace::new();
        let rollup = workspace.rollup(&customer(&workspace, 0), 0..INTERACTIONS);
        RollupRow { rollup }
    }
}

impl Row for InteractionRow {
    fn sample() -> Self {
        let message = message();
        InteractionRow {
            interaction: message.interaction,
            strand: message.strand,
            testimony: message.testimony,
            revoked_by: [].into(),
        }
    }
}

impl Row for StrandRow {
    fn sample() -> Self {
        StrandRow {
            sources: [(SOURCE.to_owned(), evidence(0))].into(),
            last_outbox: Some(FeedPosition { index: 7, seq: 0 }),
        }
    }
}

impl Row for OutboxRow {
    fn sample() -> Self {
        OutboxRow {
            workspace: WORKSPACE,
            evidence: evidence(0),
        }
    }
}

fn customer(workspace: &Workspace, number: usize) -> Identifiers {
    workspace.identifiers(&[
        ("user_id", &format!("user-{number}")),
        ("email", &format!("person{number}@example.com")),
        ("anonymous_id", &format!("browser-{number}")),
    ])
}

fn message() -> IngestMessage {
    let workspace = Workspace::new();
    workspace.message(workspace.interaction(&customer(&workspace, 0), 0))
}

/// The evidence of a strand that was seen on several days.
fn evidence(number: usize) -> Evidence {
    let workspace = Workspace::new();
    let customer = customer(&workspace, number);
    let mut sum = workspace.evidence(&customer, 0);
    for day in 1..INTERACTIONS {
        sum.merge(&workspace.evidence(&customer, day));
    }
    sum
}

fn ingest(messages: usize) -> AnchorsCommand {
    let workspace = Workspace::new();
    let customers: Vec<Identifiers> = (0..messages)
        .map(|number| customer(&workspace, number))
        .collect();
    AnchorsCommand::Ingest(workspace.command(&customers, 0))
}

fn observe(rows: usize) -> IdentityCommand {
    let row = |number| ObserveRow {
        position: FeedPosition {
            index: 7,
            seq: number,
        },
        workspace: WORKSPACE,
        evidence: evidence(number as usize),
    };
    IdentityCommand::Observe {
        from: GroupId::Anchors(0),
        rows: (0..).map(row).take(rows).collect(),
    }
}

fn bench_encode<T: Stored>(bencher: Bencher, value: &T) {
    let bytes = codec::encode(value).len();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| codec::encode(value));
}

fn bench_decode<T: Stored>(bencher: Bencher, value: &T) {
    let bytes = codec::encode(value);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| codec::decode::<T>(&bytes).expect("bytes that were encoded"));
}

#[divan::bench(types = [RollupRow, InteractionRow, StrandRow, OutboxRow])]
fn encode<T: Row>(bencher: Bencher) {
    bench_encode(bencher, &T::sample());
}

#[divan::bench(types = [RollupRow, InteractionRow, StrandRow, OutboxRow])]
fn decode<T: Row>(bencher: Bencher) {
    bench_decode(bencher, &T::sample());
}

#[divan::bench(args = MESSAGES)]
fn encode_ingest(bencher: Bencher, messages: usize) {
    bench_encode(bencher, &ingest(messages));
}

#[divan::bench(args = MESSAGES)]
fn decode_ingest(bencher: Bencher, messages: usize) {
    bench_decode(bencher, &ingest(messages));
}

#[divan::bench(args = MESSAGES)]
fn encode_observe(bencher: Bencher, rows: usize) {
    bench_encode(bencher, &observe(rows));
}

#[divan::bench(args = MESSAGES)]
fn decode_observe(bencher: Bencher, rows: usize) {
    bench_decode(bencher, &observe(rows));
}
