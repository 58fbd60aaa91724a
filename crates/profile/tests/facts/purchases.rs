//! Orders and refunds by currency.

use acquaint_profile::{Currency, Interaction};
use serde_json::json;

use crate::{at, profile, track};

/// `currency orders revenue refunds refunded largest`.
fn check(messages: &[Interaction], expected: &[&str]) {
    let purchases = profile(messages).rollup.purchases;
    let line = |(currency, p): (&Currency, &acquaint_profile::rollup::Purchases)| {
        format!(
            "{currency} {} {} {} {} {}",
            p.orders, p.revenue, p.refunds, p.refunded, p.largest
        )
    };
    assert_eq!(
        purchases.entries.iter().map(line).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn money_is_exact_and_apart_by_currency() {
    let order = |revenue: serde_json::Value, currency: &str| {
        track(
            "Order Completed",
            json!({"order_id": "1", "revenue": revenue, "currency": currency}),
        )
    };
    let many: Vec<_> = (0..10).map(|_| order(json!(0.1), "usd")).collect();
    check(&many, &["USD 10 1.00 0 0.00 0.10"]);
    check(
        &[order(json!("19.99"), "EUR"), order(json!(5), "USD")],
        &["EUR 1 19.99 0 0.00 19.99", "USD 1 5.00 0 0.00 5.00"],
    );
}

#[test]
fn the_amount_is_revenue_or_total_or_value() {
    check(
        &[track("Order Completed", json!({"total": 9, "value": 8}))],
        &["XXX 1 9.00 0 0.00 9.00"],
    );
    check(
        &[track("Order Completed", json!({"revenue": 7, "total": 9}))],
        &["XXX 1 7.00 0 0.00 7.00"],
    );
    check(
        &[track(
            "Order Completed",
            json!({"revenue": "?", "value": 8}),
        )],
        &["XXX 1 8.00 0 0.00 8.00"],
    );
}

#[test]
fn an_order_without_an_amount_counts() {
    check(
        &[track("Order Completed", json!({}))],
        &["XXX 1 0.00 0 0.00 0.00"],
    );
    check(
        &[track(
            "Order Completed",
            json!({"revenue": 1e300, "currency": "euro"}),
        )],
        &["XXX 1 0.00 0 0.00 0.00"],
    );
}

#[test]
fn refunds_are_kept_apart_from_revenue() {
    let refund = |total: i64| track("Order Refunded", json!({"total": total, "currency": "EUR"}));
    check(&[refund(5), refund(-3)], &["EUR 0 0.00 2 8.00 0.00"]);
}

#[test]
fn spellings_of_the_event_are_one() {
    for event in ["Order Completed", "order_completed", "ORDER-COMPLETED"] {
        check(
            &[track(event, json!({"total": 9}))],
            &["XXX 1 9.00 0 0.00 9.00"],
        );
    }
    check(&[track("Orders Completed", json!({"total": 9}))], &[]);
}

#[test]
fn first_and_last_order_are_kept() {
    let mut orders = vec![
        track("Order Completed", json!({})),
        track("Order Completed", json!({})),
    ];
    orders[0].time = at("2025-03-01T00:00:00Z");
    orders.push(track("Order Refunded", json!({})));
    orders[2].time = at("2025-04-01T00:00:00Z");
    let purchases = profile(&orders).rollup.purchases;
    let held = purchases.get(&Currency::NONE).unwrap();
    assert_eq!(held.first_order, Some(at("2025-01-01T12:00:00Z")));
    assert_eq!(held.last_order, Some(at("2025-03-01T00:00:00Z")));
}
