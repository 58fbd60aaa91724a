//! What lies under an anchor can be taken apart by strand and by day, and adds up to the same again.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, RangeInclusive};

use acquaint_profile::{Day, IdentifierId, Monoid, Rollup, StrandId};
use acquaint_storage::row::InteractionRow;
use acquaint_storage::{Key, Order, codec};
use serde_json::{Value, json};

use super::support::{caller, ingest, open};
use crate::Node;
use crate::read::sum::Sum;

const ROWS_MAX: usize = 10_000;

/// Customers with accounts and kiosks that they stand at, on five days.
fn messages() -> Vec<Value> {
    (0..300_u32)
        .map(|number| {
            let mut message = json!({"type": "track", "messageId": format!("m{number}"), "event": format!("Event {}", number % 7),
                "timestamp": format!("2026-01-0{}T{:02}:00:00Z", 1 + number % 5, number % 24),
                "properties": {"revenue": "2.50", "currency": "EUR"},
                "context": {"device": {"id": format!("kiosk-{}", number % 3)}}});
            let (person, id) = match number % 4 {
                0 => ("userId", format!("user-{}", number % 5)),
                _ => ("anonymousId", format!("browser-{}", number % 11)),
            };
            message[person] = json!(id);
            message
        })
        .collect()
}

/// The strands under every anchor, with the days of their interactions.
fn strands(node: &Node) -> BTreeMap<IdentifierId, BTreeMap<StrandId, Vec<Day>>> {
    let mut strands: BTreeMap<_, BTreeMap<_, Vec<Day>>> = BTreeMap::new();
    let view = node.store().snapshot();
    for group in node.slot_map().groups() {
        for range in node.slot_map().ranges(group) {
            view.for_each(&range, Order::Ascending, |key, value| {
                if let Key::Interaction { anchor, time, .. } = Key::decode(key).unwrap() {
                    let row: InteractionRow = codec::decode(value).unwrap();
                    let of_anchor = strands.entry(anchor).or_default();
                    of_anchor.entry(row.strand).or_default().push(time.day());
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        }
    }
    strands
}

#[tokio::test(flavor = "multi_thread")]
async fn the_strands_of_an_anchor_add_up_to_it_day_by_day() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 3).await;
    let messages = messages();
    for chunk in messages.chunks(37) {
        ingest(&node, chunk).await;
    }
    let workspace = caller(&node).workspace;
    let view = node.store().snapshot();
    let sum = |add: &dyn Fn(&mut Sum<'_>)| {
        let mut sum = Sum::new(&view, workspace, ROWS_MAX);
        add(&mut sum);
        sum.rollup
    };
    let (mut split, mut strong, mut interactions) = (0, 0, 0);
    for (anchor, strands) in strands(&node) {
        split += usize::from(strands.len() > 1);
        let mut all = Rollup::empty();
        let mut of_days: BTreeMap<Day, Rollup> = BTreeMap::new();
        for (strand, mut days) in strands {
            interactions += days.len();
            let whole = sum(&|sum| sum.add_strand(anchor, strand, None).unwrap());
            assert_eq!(whole.seen.count, days.len() as u64);
            all.merge(&whole);
            days.dedup();
            for day in days {
                let part = sum(&|sum| sum.add_strand(anchor, strand, Some(day..=day)).unwrap());
                of_days
                    .entry(day)
                    .or_insert_with(Rollup::empty)
                    .merge(&part);
            }
        }
        let kept = sum(&|sum| assert_eq!(sum.add_whole(&[anchor]).unwrap(), 1));
        assert_eq!(all, kept);
        let days =
            |days: RangeInclusive<Day>| sum(&|sum| sum.add_days(anchor, days.clone()).unwrap());
        let every_day = days(Day(0)..=Day(u32::MAX));
        if every_day == Rollup::empty() {
            strong += 1;
            continue;
        }
        assert_eq!(all, every_day, "a weak anchor");
        for (day, part) in of_days {
            assert_eq!(part, days(day..=day), "{day}");
        }
        assert_eq!(days(Day(0)..=Day(20_000)), Rollup::empty());
    }
    assert_eq!(strong, 5, "only logins have no rollups of days");
    assert!(split > 3, "{split} anchors have several strands");
    assert_eq!(interactions, messages.len());
    drop(view);
    node.shutdown().await;
}
