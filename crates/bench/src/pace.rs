//! The pace of a load, and the schedule of a given rate.

use std::time::Duration;

/// The pace of all connections together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many operations a second, on a schedule (open loop).
    Rate(f64),
    /// Each connection sends its next operation after the answer (closed loop).
    Full,
}

/// Intended starts, spread evenly over the connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    per_second: f64,
    connections: usize,
}

impl Schedule {
    pub(crate) fn new(per_second: f64, connections: usize) -> Self {
        Self {
            per_second,
            connections,
        }
    }

    /// The intended start of an operation of a connection, since the begin of the load.
    pub(crate) fn start_of(&self, connection: usize, number: u64) -> Duration {
        let place = number as f64 * self.connections as f64 + connection as f64;
        Duration::from_secs_f64(place / self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_spread_over_connections() {
        let schedule = Schedule::new(100.0, 4);
        let millis = |connection, number| schedule.start_of(connection, number).as_millis();
        assert_eq!([0, 1, 2, 3].map(|each| millis(each, 0)), [0, 10, 20, 30]);
        assert_eq!([0, 1, 2].map(|number| millis(1, number)), [10, 50, 90]);
    }
}
