//! The order test: the live evidence again and again, in memory, each time in another order.
//!
//! ```text
//! evidence, facts ─► parts and duplicates ─► shuffled ─► batches of random length ─► resolver ─► steps ─► digest
//! ```
//!
//! - A delivery is the state of a (strand, source) as it is now or as it may have been before: some of its days. Every state
//!   is delivered whole at least once, so that each order ends with the same evidence.
//! - An order is drawn from the seed and its number alone: what fails can be run again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use acquaint_identity::{Day, Evidence, Memory};
use acquaint_storage::PartitionDigest;
use anyhow::{anyhow, bail};
use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::dice::Dice;
use crate::identity::evidence::LiveEvidence;
use crate::identity::in_memory::{finish, infallible, observed, take_fact};

/// Lengths of batches are drawn up to one of these: one by one, as the pump sends them, and all but at once.
const BATCH_LENGTHS_MAX: [u64; 4] = [1, 8, 256, 4_096];

/// How many of a hundred states are delivered more than once.
const REPEATED_PERCENT: u64 = 40;

/// What the orders came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrdersReport {
    pub(super) orders: u32,
    pub(super) seed: u64,
    /// Share of the orders whose partition is that of the first one, byte for byte.
    pub(super) agreement: f64,
    /// Share of the orders whose partition is the live one.
    pub(super) agreement_with_live: f64,
    /// Numbers of the orders that differ from the first one; with the seed they can be run again.
    pub(super) differing: Vec<u32>,
    /// States of evidence in each order; facts too.
    pub(super) states: u64,
    /// Whether the live partition waits for work, and so need not agree yet.
    pub(super) live_pending: bool,
}

/// Computes the partition in so many orders, several at a time.
pub(super) fn run(live: &LiveEvidence, orders: u32, seed: u64) -> anyhow::Result<OrdersReport> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU32::new(0);
    let work = || -> anyhow::Result<Vec<(u32, [u8; 32])>> {
        let mut digests = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= orders {
                return Ok(digests);
            }
            digests.push((number, partition(live, seed, number)?.digest));
        }
    };
    let mut digests = Vec::new();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            let done = thread
                .join()
                .map_err(|_| anyhow!("the computation of an order broke off"))?;
            digests.extend(done?);
        }
        Ok(())
    })?;
    digests.sort_unstable();
    report(live, seed, &digests)
}

fn report(
    live: &LiveEvidence,
    seed: u64,
    digests: &[(u32, [u8; 32])],
) -> anyhow::Result<OrdersReport> {
    let [(_, first), ..] = digests else {
        bail!("no order was asked for");
    };
    let differing: Vec<u32> = digests
        .iter()
        .filter(|(_, digest)| digest != first)
        .map(|(number, _)| *number)
        .collect();
    let with_live = digests
        .iter()
        .filter(|(_, digest)| HEXLOWER.encode(digest) == live.partition.digest);
    let share = |count: usize| count as f64 / digests.len() as f64;
    Ok(OrdersReport {
        orders: u32::try_from(digests.len())?,
        seed,
        agreement: share(digests.len() - differing.len()),
        agreement_with_live: share(with_live.count()),
        differing,
        states: (live.evidence.len() + live.facts.len()) as u64,
        live_pending: live.partition.pending,
    })
}

/// Something that happens in an order.
enum Delivery {
    Evidence(Evidence),
    /// By its place among the facts.
    Fact(usize),
}

/// The partition of the live evidence, computed in one order.
fn partition(live: &LiveEvidence, seed: u64, number: u32) -> anyhow::Result<PartitionDigest> {
    let mut dice = Dice::new(seed, "order", number);
    let mut memory = Memory::default();
    let mut batch = Vec::new();
    let longest = dice.pick(&BATCH_LENGTHS_MAX);
    let mut length = dice.between(1, longest);
    for delivery in deliveries(live, &mut dice) {
        match delivery {
            Delivery::Evidence(evidence) => batch.push(evidence),
            Delivery::Fact(place) => {
                take_fact(&mut memory, &live.rules, &live.facts[place])?;
            }
        }
        if batch.len() as u64 >= length {
            memory.apply(observed(&memory, &live.rules, &batch));
            batch.clear();
            length = dice.between(1, longest);
        }
    }
    memory.apply(observed(&memory, &live.rules, &batch));
    finish(&mut memory, &live.rules)?;
    Ok(infallible(PartitionDigest::of(&memory)))
}

/// Every state whole once, some of them again or in part, and every fact, in a random order.
fn deliveries(live: &LiveEvidence, dice: &mut Dice) -> Vec<Delivery> {
    let mut deliveries: Vec<Delivery> = (0..live.facts.len()).map(Delivery::Fact).collect();
    for evidence in &live.evidence {
        deliveries.push(Delivery::Evidence(evidence.clone()));
        while dice.percent(REPEATED_PERCENT) {
            deliveries.push(Delivery::Evidence(part(evidence, dice)));
        }
    }
    // Each place takes one of those that are left: every order is as likely.
    for place in (1..deliveries.len()).rev() {
        let other = dice.below(place as u64 + 1);
        deliveries.swap(place, other as usize);
    }
    deliveries
}

/// A state as it may have been before: some of its days, at least one.
fn part(evidence: &Evidence, dice: &mut Dice) -> Evidence {
    let days: Vec<Day> = evidence.days.iter().copied().collect();
    let mut kept: BTreeSet<Day> = days.iter().copied().filter(|_| dice.percent(50)).collect();
    if kept.is_empty() && !days.is_empty() {
        kept.insert(dice.pick(&days));
    }
    let mut part = evidence.clone();
    for traits in [&mut part.first_names, &mut part.birth_dates] {
        for days in traits.values_mut() {
            days.retain(|day| kept.contains(day));
        }
        traits.retain(|_, days| !days.is_empty());
    }
    part.days = kept;
    part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_identity::{Fact, FactId, Rules, Statement};

    use super::*;
    use crate::identity::in_memory;
    use crate::identity::made_up::{self, identifier, seen};

    /// Thirty people with a login, an email and two browsers, one of which is shared; one fact.
    fn live() -> LiveEvidence {
        let mut evidence = Vec::new();
        for person in 0..30_u32 {
            let login = identifier(0, &format!("u_{person}"));
            for (other, day) in [
                (identifier(1, &format!("p{person}@example.org")), person),
                (
                    identifier(2, &format!("browser-{}", person / 3)),
                    person + 3,
                ),
                (identifier(2, &format!("own-{person}")), 9),
            ] {
                evidence.push(seen(&[login.clone(), other], day..day + 3));
            }
        }
        let rules =
            Rules::standard(&[("user_id", true), ("email", false), ("anonymous_id", false)]);
        let mut live = made_up::live(rules, evidence);
        live.facts.push(Fact {
            id: FactId([7; 16]),
            statement: Statement::MustLink(identifier(0, "u_1"), identifier(0, "u_9")),
            author: "a test".to_owned(),
            reason: "it is".to_owned(),
            at_ms: 1,
        });
        live
    }

    #[test]
    fn every_order_gives_the_partition_of_all_at_once() {
        let mut live = live();
        let memory = in_memory::partition(&live.rules, &live.evidence, &live.facts).unwrap();
        live.partition.digest = HEXLOWER.encode(&infallible(PartitionDigest::of(&memory)).digest);
        let report = run(&live, 12, 1).unwrap();
        assert_eq!((report.orders, report.states), (12, 91));
        assert_eq!((report.agreement, report.agreement_with_live), (1.0, 1.0));
        assert_eq!(report.differing, Vec::<u32>::new());
    }

    #[test]
    fn other_evidence_is_another_partition() {
        let mut live = live();
        let whole = partition(&live, 1, 0).unwrap();
        assert_eq!(partition(&live, 1, 0).unwrap(), whole);
        live.evidence.pop();
        assert_ne!(partition(&live, 1, 0).unwrap().digest, whole.digest);
    }

    #[test]
    fn orders_differ_and_hold_every_state_whole() {
        let live = live();
        let order = |number| {
            let mut dice = Dice::new(1, "order", number);
            let evidence = deliveries(&live, &mut dice).into_iter();
            evidence
                .filter_map(|delivery| match delivery {
                    Delivery::Evidence(evidence) => Some(evidence),
                    Delivery::Fact(_) => None,
                })
                .collect::<Vec<_>>()
        };
        let (one, two) = (order(1), order(2));
        assert_ne!(one, two);
        for state in &live.evidence {
            assert!(one.contains(state) && two.contains(state));
        }
        assert!(one.len() > live.evidence.len());
    }

    #[test]
    fn an_order_that_differs_is_named() {
        let live = live();
        let digests = [(0, [1; 32]), (1, [1; 32]), (2, [2; 32]), (3, [1; 32])];
        let report = report(&live, 5, &digests).unwrap();
        assert_eq!(report.agreement, 0.75);
        assert_eq!(report.agreement_with_live, 0.0);
        assert_eq!(report.differing, [2]);
    }
}
