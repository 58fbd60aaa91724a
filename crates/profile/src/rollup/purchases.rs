//! Orders and refunds in one currency.

use serde::{Deserialize, Serialize};

use crate::{Money, Monoid, Timestamp, rollup::tally::earliest};

/// What was bought and given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchases {
    /// Orders, with or without an amount.
    pub orders: u64,
    /// The sum of their amounts.
    pub revenue: Money,
    /// Refunds, with or without an amount.
    pub refunds: u64,
    /// The sum of their amounts.
    pub refunded: Money,
    /// The largest order.
    pub largest: Money,
    /// The time of the first order.
    pub first_order: Option<Timestamp>,
    /// The time of the last order.
    pub last_order: Option<Timestamp>,
}

impl Monoid for Purchases {
    fn empty() -> Self {
        Purchases {
            orders: 0,
            revenue: Money(0),
            refunds: 0,
            refunded: Money(0),
            largest: Money(0),
            first_order: None,
            last_order: None,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.orders += other.orders;
        self.revenue.0 += other.revenue.0;
        self.refunds += other.refunds;
        self.refunded.0 += other.refunded.0;
        self.largest = self.largest.max(other.largest);
        self.first_order = earliest(self.first_order, other.first_order);
        self.last_order = self.last_order.max(other.last_order);
    }
}
