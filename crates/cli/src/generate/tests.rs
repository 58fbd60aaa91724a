//! The sample: its promises on size, order, variety and fiction.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

fn small() -> Options {
    Options {
        customers: 300,
        interactions: 9_000,
        seed: 1,
    }
}

fn messages(sample: &Sample) -> Vec<Value> {
    sample
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn bytes(options: &Options) -> Vec<u8> {
    let mut bytes = Vec::new();
    generate(options).write(&mut bytes).unwrap();
    bytes
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let options = small();
    assert_eq!(bytes(&options), bytes(&options));
    assert_ne!(bytes(&options), bytes(&Options { seed: 2, ..options }));
}

#[test]
fn the_default_has_the_promised_size() {
    let options = Options::default();
    assert!(options.customers >= 2_000 && options.interactions >= 60_000);
    let sample = generate(&options);
    let distinct: BTreeSet<&str> = sample.lines.iter().map(|l| l.message_id.as_str()).collect();
    assert_eq!(distinct.len(), 60_000);
    assert_eq!(sample.lines().len(), 60_000 + sample.duplicates);
    assert!(sample.duplicates > 100);
    let customers: BTreeSet<u32> = sample.lines.iter().map(|line| line.customer).collect();
    assert_eq!(customers.len(), 2_000);
}

#[test]
fn sizes_are_exact_whatever_they_are() {
    for (customers, interactions) in [(1, 1), (1, 500), (7, 7), (13, 1_000)] {
        let sample = generate(&Options {
            customers,
            interactions,
            seed: 9,
        });
        let lines = sample.lines().len() - sample.duplicates;
        assert_eq!(lines, interactions as usize);
    }
    assert!(
        Options {
            customers: 0,
            ..small()
        }
        .check()
        .is_err()
    );
    assert!(
        Options {
            interactions: 299,
            ..small()
        }
        .check()
        .is_err()
    );
    assert!(small().check().is_ok());
}

#[test]
fn every_channel_event_and_identifier_occurs() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut currencies = BTreeSet::new();
    for message in messages(&generate(&small())) {
        let context = &message["context"];
        let mut count = |key: String| *seen.entry(key).or_default() += 1;
        count(format!("channel {}", context["channel"].as_str().unwrap()));
        count(format!("type {}", message["type"].as_str().unwrap()));
        count(message["event"].as_str().unwrap_or("").to_owned());
        for id in context["externalIds"].as_array().into_iter().flatten() {
            count(format!("external {}", id["type"].as_str().unwrap()));
        }
        count(format!(
            "survey {}",
            message["properties"]["survey"].as_str().unwrap_or("")
        ));
        currencies.extend(
            message["properties"]["currency"]
                .as_str()
                .map(str::to_owned),
        );
    }
    for key in [
        "channel web",
        "channel app",
        "channel email",
        "channel phone",
        "channel chat",
        "channel pos",
        "channel store",
        "channel social",
        "type identify",
        "type track",
        "type page",
        "type screen",
        "type group",
        "type alias",
        "Order Completed",
        "Order Refunded",
        "Survey Answered",
        "survey nps",
        "survey csat",
        "survey ces",
        "Preference Stated",
        "Preference Inferred",
        "Consent Updated",
        "Call Ended",
        "Chat Message Received",
        "Card Scanned",
        "external email",
        "external phone",
        "external loyalty_id",
        "external social",
    ] {
        assert!(seen.contains_key(key), "no {key} in {seen:?}");
    }
    assert_eq!(
        currencies,
        BTreeSet::from(["EUR".to_owned(), "USD".to_owned()])
    );
}

#[test]
fn devices_are_shared_and_numbers_change_hands() {
    let sample = generate(&small());
    let mut owners: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for line in &sample.lines {
        let message: Value = serde_json::from_str(&line.json).unwrap();
        let device = message["context"]["device"]["id"].as_str();
        let phone = message["context"]["externalIds"][0]["id"]
            .as_str()
            .filter(|_| message["context"]["externalIds"][0]["type"] == "phone");
        let digits = phone.map(|phone| {
            let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
            digits[digits.len() - 10..].to_owned()
        });
        for id in device.map(str::to_owned).into_iter().chain(digits) {
            owners.entry(id).or_default().insert(line.customer);
        }
    }
    let shared = |prefix: &str, at_least: usize| {
        let mut ids = owners.iter().filter(|(id, _)| id.starts_with(prefix));
        ids.any(|(_, customers)| customers.len() >= at_least)
    };
    assert!(shared("kiosk-", 8));
    assert!(shared("staff-tablet-", 8));
    assert!(shared("tab-", 2));
    assert!(
        owners
            .iter()
            .any(|(id, customers)| id.len() == 10 && customers.len() == 2)
    );
}

#[test]
fn some_messages_arrive_late() {
    let times: Vec<String> = messages(&generate(&small()))
        .iter()
        .map(|message| message["timestamp"].as_str().unwrap().to_owned())
        .collect();
    let latest_before = times.iter().scan(String::new(), |latest, time| {
        let late = time < latest;
        *latest = latest.clone().max(time.clone());
        Some(late)
    });
    assert!(latest_before.filter(|late| *late).count() > 50);
}

#[test]
fn everything_is_fiction() {
    let sample = String::from_utf8(bytes(&small())).unwrap().to_lowercase();
    for part in sample.split('@').skip(1) {
        let end = part
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
            .unwrap_or(part.len());
        let domain = &part[..end];
        assert!(
            domain.ends_with(".example") || domain.starts_with("example."),
            "{domain}"
        );
    }
    for index in 0..5_000 {
        assert_eq!(&spelling::phone_digits(index)[3..6], "555");
    }
}

#[test]
fn the_showcase_uses_every_channel_and_shares_nothing() {
    let sample = generate(&Options::default());
    let channels: BTreeSet<&str> = sample
        .lines
        .iter()
        .filter(|line| line.customer == 0)
        .map(|line| line.channel)
        .collect();
    assert_eq!(channels.len(), 8, "{channels:?}");
    assert_eq!(sample.showcase.keys.len(), 4, "{:?}", sample.showcase);
    for line in sample.lines.iter().filter(|line| line.customer == 0) {
        assert!(!line.json.contains("kiosk-") && !line.json.contains("staff-tablet-"));
    }
}

#[test]
fn the_truth_names_every_line() {
    let sample = generate(&small());
    let mut truth = Vec::new();
    sample.write_truth(&mut truth).unwrap();
    let truth = String::from_utf8(truth).unwrap();
    assert!(truth.starts_with("messageId,customer,household,channel\n"));
    assert_eq!(truth.lines().count(), 1 + sample.lines().len());
}
