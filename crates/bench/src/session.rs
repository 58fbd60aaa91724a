//! One connection to the system under load.

use std::future::{Future, ready};

use crate::BenchError;

/// One connection: a node, a floor, a database. The same driver runs all of them.
pub trait Session: Send + 'static {
    /// One unit of load.
    type Operation: Send + Sync + 'static;

    /// Work that belongs to the operation and not into its time, such as the write before a
    /// lookup of a changed customer.
    fn prepare(
        &mut self,
        _operation: &Self::Operation,
    ) -> impl Future<Output = Result<(), BenchError>> + Send {
        ready(Ok(()))
    }

    /// The operation that is timed.
    fn call(
        &mut self,
        operation: &Self::Operation,
    ) -> impl Future<Output = Result<(), BenchError>> + Send;
}

/// An operation and the number of items (messages, keys) that it carries.
#[derive(Clone, Debug)]
pub struct Work<O> {
    /// The operation.
    pub operation: O,
    /// Its items.
    pub items: u64,
}

impl<O> Work<O> {
    /// An operation of one item.
    pub fn one(operation: O) -> Self {
        Self {
            operation,
            items: 1,
        }
    }
}
