//! The result of a load.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{BenchError, Latencies};

/// Below this share of the asked rate a load has fallen behind.
const KEPT_UP_FROM: f64 = 0.99;

/// The result of a load, without its warm-up.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Operations that succeeded.
    pub operations: u64,
    /// Items (messages, keys) that they carried.
    pub items: u64,
    /// Failed operations, by the name of the error. The warm-up counts here, too.
    pub errors: BTreeMap<String, u64>,
    /// The first error in full.
    pub first_error: Option<String>,
    /// Operations of the schedule that were never sent, because the load fell behind.
    pub missed: u64,
    /// Operations a second that were asked for.
    pub asked: Option<f64>,
    /// From the end of the warm-up until the last answer.
    pub took: Duration,
    /// From the intended start until the answer. At full speed it equals the service time.
    pub latency: Latencies,
    /// From sending until the answer.
    pub service: Latencies,
}

impl Measured {
    /// Operations in a second.
    pub fn per_second(&self) -> f64 {
        self.share_of_time(self.operations)
    }

    /// Items in a second.
    pub fn items_per_second(&self) -> f64 {
        self.share_of_time(self.items)
    }

    fn share_of_time(&self, count: u64) -> f64 {
        match self.took.as_secs_f64() {
            0.0 => 0.0,
            seconds => count as f64 / seconds,
        }
    }

    /// The number of failed operations.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Whether the asked rate was not reached.
    pub fn fell_behind(&self) -> bool {
        let kept_up = |asked: f64| self.missed == 0 && self.per_second() >= asked * KEPT_UP_FROM;
        self.asked.is_some_and(|asked| !kept_up(asked))
    }

    pub(crate) fn count_error(&mut self, error: &BenchError) {
        *self.errors.entry(error.name()).or_default() += 1;
        if self.first_error.is_none() {
            self.first_error = Some(error.to_string());
        }
    }

    /// Adds the part of one connection; the time is not added.
    pub(crate) fn add(&mut self, part: Self) {
        self.operations += part.operations;
        self.items += part.items;
        self.missed += part.missed;
        for (name, count) in part.errors {
            *self.errors.entry(name).or_default() += count;
        }
        self.first_error = self.first_error.take().or(part.first_error);
        self.latency.merge(&part.latency);
        self.service.merge(&part.service);
    }
}
