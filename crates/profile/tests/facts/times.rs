//! Times, days, counts.

use acquaint_profile::{Day, Timestamp};
use serde_json::json;

use crate::{at, message, profile, track};

#[test]
fn rfc_3339_is_read_and_printed() {
    let table = [
        ("2025-01-01T00:02:23.218Z", "2025-01-01T00:02:23.218Z"),
        ("2025-01-01T00:02:23Z", "2025-01-01T00:02:23.000Z"),
        (
            "2025-01-01T02:02:23.218999+02:00",
            "2025-01-01T00:02:23.218Z",
        ),
        (" 2024-02-29t23:59:59.9z ", "2024-02-29T23:59:59.900Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("9999-12-30T00:00:00Z", "9999-12-30T00:00:00.000Z"),
    ];
    for (text, printed) in table {
        assert_eq!(at(text).to_string(), printed, "{text}");
        assert_eq!(at(printed), at(text));
    }
}

#[test]
fn other_times_are_refused() {
    let broken = [
        "",
        "now",
        "2025-01-01",
        "2025-01-01T00:00:00",
        "2025-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1735689743",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "10000-01-01T00:00:00Z",
    ];
    for text in broken {
        assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
    }
}

#[test]
fn days_are_utc() {
    assert_eq!(
        at("2025-01-01T23:59:59.999Z").day().to_string(),
        "2025-01-01"
    );
    assert_eq!(
        at("2025-01-02T01:00:00+02:00").day().to_string(),
        "2025-01-01"
    );
    assert_eq!(Timestamp(-1).day(), Day(0));
    assert_eq!(Timestamp(i64::MAX).day(), Timestamp::MAX.day());
    assert_eq!(Day(20_089).start().to_string(), "2025-01-01T00:00:00.000Z");
}

#[test]
fn counts_are_by_channel_kind_and_event() {
    let mut later = track("Call Ended", json!({}));
    later.time = at("2025-01-03T00:00:00Z");
    later.channel = "call".parse().unwrap();
    let rollup = profile(&[
        track("Call Ended", json!({})),
        later,
        message("page", json!({"event": "Home"})),
    ])
    .rollup;
    assert_eq!(rollup.seen.count, 3);
    assert_eq!(rollup.seen.first, Some(at("2025-01-01T12:00:00Z")));
    assert_eq!(rollup.seen.last, Some(at("2025-01-03T00:00:00Z")));
    let counts: Vec<_> = rollup
        .channels
        .entries
        .iter()
        .map(|(channel, tally)| (channel.as_str(), tally.count))
        .collect();
    assert_eq!(counts, [("call", 1), ("web", 2)]);
    let counts: Vec<_> = rollup
        .events
        .entries
        .iter()
        .map(|(event, tally)| (event.as_str(), tally.count))
        .collect();
    assert_eq!(counts, [("Call Ended", 2)]);
    let counts: Vec<_> = rollup
        .kinds
        .entries
        .iter()
        .map(|(kind, tally)| (kind.as_str(), tally.count))
        .collect();
    assert_eq!(counts, [("track", 2), ("page", 1)]);
    let days: Vec<_> = rollup
        .active_days
        .iter()
        .map(|day| day.to_string())
        .collect();
    assert_eq!(days, ["2025-01-01", "2025-01-03"]);
    assert_eq!(rollup.active_days.count(), 2);
    assert!(rollup.active_days.contains(Day(20_089)) && !rollup.active_days.contains(Day(20_090)));
}
