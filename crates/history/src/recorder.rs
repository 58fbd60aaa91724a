//! Writes down what clients do while they do it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::operation::{Operation, Outcome};

/// Gives every begin and every end a moment of its own, in the order in which they happen in this process.
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicU64>);

/// The histories of a test, one for each key. Clones write into the same.
pub struct Recorder<K, I, O> {
    clock: Clock,
    operations: Arc<Mutex<Vec<Recorded<K, I, O>>>>,
}

/// An operation that was begun.
#[derive(Debug)]
#[must_use = "an operation that is never ended has an unknown outcome"]
pub struct Pending(usize);

#[derive(Clone)]
struct Recorded<K, I, O> {
    key: K,
    operation: Operation<I, O>,
}

impl Clock {
    /// A moment after all before it.
    pub fn tick(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

impl<K, I, O> Clone for Recorder<K, I, O> {
    fn clone(&self) -> Self {
        Recorder {
            clock: self.clock.clone(),
            operations: self.operations.clone(),
        }
    }
}

impl<K: Clone + Ord, I: Clone, O: Clone> Recorder<K, I, O> {
    /// A recorder of nothing yet. Recorders of one clock can be compared.
    pub fn new(clock: Clock) -> Self {
        Recorder {
            clock,
            operations: Arc::default(),
        }
    }

    /// A client asks. Until it is ended, its outcome is unknown.
    pub fn begin(&self, client: u64, key: K, input: I) -> Pending {
        let mut operations = self
            .operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        operations.push(Recorded {
            key,
            operation: Operation {
                client,
                input,
                outcome: Outcome::Unknown,
                begin: self.clock.tick(),
                end: u64::MAX,
            },
        });
        Pending(operations.len() - 1)
    }

    /// A client knows, or gives up.
    pub fn end(&self, pending: Pending, outcome: Outcome<O>) {
        let mut operations = self
            .operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let operation = &mut operations[pending.0].operation;
        operation.end = self.clock.tick();
        operation.outcome = outcome;
    }

    /// The history of each key so far.
    pub fn histories(&self) -> BTreeMap<K, Vec<Operation<I, O>>> {
        let operations = self
            .operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut histories: BTreeMap<K, Vec<_>> = BTreeMap::new();
        for Recorded { key, operation } in operations.iter() {
            let history = histories.entry(key.clone()).or_default();
            history.push(operation.clone());
        }
        histories
    }

    /// How many operations were begun.
    pub fn len(&self) -> usize {
        self.operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Whether none was begun.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
