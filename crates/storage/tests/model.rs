//! Random operations on a batch and its store, against a map. Covers reading one's own writes, ranges in both orders,
//! bounds and limits, batches that are dropped, and restarts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use acquaint_storage::{
    GroupId, Key, KeyRange, Order, Read, StateMeta, Store, StoreOptions, row::FeedPosition,
};
use proptest::prelude::*;

const GROUP: GroupId = GroupId::Anchors(3);

#[derive(Clone, Debug)]
enum Operation {
    Put(u8, u64),
    Delete(u8),
    Get(u8),
    Fetch(u8, u8),
    Scan {
        after: Option<u8>,
        before: Option<u8>,
        descending: bool,
        limit: usize,
    },
    Commit,
    Forget,
    Reopen,
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = 0..24u8;
    prop_oneof![
        8 => (key.clone(), any::<u64>()).prop_map(|(key, value)| Operation::Put(key, value)),
        4 => key.clone().prop_map(Operation::Delete),
        4 => key.clone().prop_map(Operation::Get),
        2 => (key.clone(), key.clone()).prop_map(|(from, to)| Operation::Fetch(from, to)),
        6 => (proptest::option::of(key.clone()), proptest::option::of(key), any::<bool>(), 0..30usize).prop_map(
            |(after, before, descending, limit)| Operation::Scan { after, before, descending, limit }
        ),
        3 => Just(Operation::Commit),
        1 => Just(Operation::Forget),
        1 => Just(Operation::Reopen),
    ]
}

fn key(number: u8) -> Key {
    Key::Outbox {
        group: GROUP,
        index: u64::from(number / 4),
        seq: u32::from(number % 4),
    }
}

fn row(value: u64) -> FeedPosition {
    FeedPosition {
        index: value,
        seq: 0,
    }
}

type Model = BTreeMap<u8, u64>;

fn check_scan(rows: &impl Read, model: &Model, operation: &Operation) {
    let Operation::Scan {
        after,
        before,
        descending,
        limit,
    } = operation
    else {
        return;
    };
    let mut range = KeyRange::outbox(GROUP);
    if let Some(after) = after {
        range = range.after(&key(*after));
    }
    if let Some(before) = before {
        range = range.before(&key(*before));
    }
    let order = if *descending {
        Order::Descending
    } else {
        Order::Ascending
    };
    let inside = |number: &u8| {
        after.is_none_or(|after| *number > after) && before.is_none_or(|before| *number < before)
    };
    let mut wanted: Vec<_> = model
        .iter()
        .filter(|(number, _)| inside(number))
        .map(|(n, v)| (key(*n), row(*v)))
        .collect();
    if *descending {
        wanted.reverse();
    }
    wanted.truncate(*limit);
    assert_eq!(
        rows.scan::<FeedPosition>(&range, order, *limit).unwrap(),
        wanted,
        "{operation:?}"
    );
}

/// Runs operations until one ends the batch; gives what the batch would have written, and the rest.
fn run_batch<'a>(
    store: &Store,
    stored: &mut Model,
    operations: &'a [Operation],
) -> &'a [Operation] {
    let (mut batch, mut model) = (store.batch(GROUP), stored.clone());
    let whole = Operation::Scan {
        after: None,
        before: None,
        descending: false,
        limit: 100,
    };
    for (at, operation) in operations.iter().enumerate() {
        match operation {
            Operation::Put(number, value) => {
                batch.put(&key(*number), &row(*value));
                model.insert(*number, *value);
            }
            Operation::Delete(number) => {
                batch.delete(&key(*number));
                model.remove(number);
            }
            Operation::Get(number) => {
                let wanted = model.get(number).map(|value| row(*value));
                assert_eq!(batch.get(&key(*number)).unwrap(), wanted);
                assert_eq!(batch.contains(&key(*number)).unwrap(), wanted.is_some());
            }
            Operation::Fetch(from, to) => {
                let keys: Vec<Key> = (*from..*to).map(key).collect();
                batch.fetch(&keys).unwrap();
            }
            Operation::Scan { .. } => {
                check_scan(&batch, &model, operation);
                check_scan(&store.snapshot(), stored, operation);
            }
            Operation::Commit => {
                let view = store.snapshot();
                batch.put_meta(StateMeta::Applied, [at as u8]);
                batch.commit().unwrap();
                check_scan(&view, stored, &whole);
                *stored = model;
                check_scan(&store.snapshot(), stored, &whole);
                assert_eq!(
                    store
                        .state_meta(GROUP, StateMeta::Applied)
                        .unwrap()
                        .unwrap(),
                    [at as u8]
                );
                return &operations[at + 1..];
            }
            Operation::Forget | Operation::Reopen => return &operations[at..],
        }
    }
    &[]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_a_map(operations in prop::collection::vec(operation(), 1..120)) {
        let dir = tempfile::tempdir().unwrap();
        let mut options = StoreOptions::new(dir.path());
        options.sync = false;
        let mut store = Store::open(&options).unwrap();
        let (mut model, mut rest) = (Model::new(), &operations[..]);
        while let Some(first) = rest.first() {
            match first {
                Operation::Forget => rest = &rest[1..],
                Operation::Reopen => {
                    drop(store);
                    store = Store::open(&options).unwrap();
                    rest = &rest[1..];
                }
                _ => rest = run_batch(&store, &mut model, rest),
            }
        }
        let numbers: Vec<u8> = (0..24).collect();
        let keys: Vec<Key> = numbers.iter().map(|number| key(*number)).collect();
        let wanted: Vec<_> = numbers.iter().map(|number| model.get(number).map(|value| row(*value))).collect();
        prop_assert_eq!(store.snapshot().multi_get::<FeedPosition>(&keys).unwrap(), wanted);
    }
}
