//! What happened on a shared thing is read under whom it is attributed to: by the strand, by the day, each thing once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acquaint_api::ErrorCode;
use acquaint_profile::Day;
use serde_json::{Value, json};

use super::support::{caller, export, ingest, key, lookup, open};
use crate::{Node, TimelineOptions};

/// The first of February 2026.
const FEBRUARY: Day = Day(20_485);

/// A message of a day in February with these members.
fn on(day: u32, id: &str, members: Value) -> Value {
    let mut message = json!({"type": "track", "messageId": id, "event": "Seen",
        "timestamp": format!("2026-02-{day:02}T10:00:00Z")});
    for (name, value) in members.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn phone(mut members: Value) -> Value {
    members["context"] = json!({"traits": {"phone": "+1 205 555 0143"}});
    members
}

fn device(mut members: Value) -> Value {
    members["context"] = json!({"device": {"id": "till-1"}});
    members
}

/// The messages of an export by the profile that they stand under; fails when one stands twice, or under none.
async fn exported(node: &Arc<Node>) -> BTreeMap<String, BTreeSet<String>> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut seen, mut profiles) = (BTreeSet::new(), BTreeMap::new());
    for line in export(node).await.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(profile) = line.get("profile") {
            let id = profile["id"].as_str().unwrap().to_owned();
            let twice = profiles.insert(id, profile.clone());
            assert!(twice.is_none(), "{profile}");
            continue;
        }
        let line = &line["interaction"];
        let message = line["messageId"].as_str().unwrap();
        assert!(seen.insert(message.to_owned()), "{message} twice");
        let owner = line["profileId"].as_str().unwrap().to_owned();
        owners.entry(owner).or_default().insert(message.to_owned());
    }
    // A profile adds up what stands under it, and nothing else.
    for (id, profile) in profiles {
        let count = owners.get(&id).map_or(0, BTreeSet::len);
        assert_eq!(profile["seen"]["interactions"], count, "{profile}");
    }
    owners
}

/// Every message of a customer, page by page.
async fn walked(node: &Arc<Node>, of: &str, limit: usize) -> Vec<String> {
    let mut options = TimelineOptions {
        limit,
        ..TimelineOptions::default()
    };
    let mut found = Vec::new();
    loop {
        let page = node
            .timeline(&caller(node), key(of), options.clone())
            .await
            .unwrap();
        found.extend(page.interactions.into_iter().map(|one| one.message_id));
        match page.next {
            Some(next) => options.page = Some(next),
            None => return found,
        }
    }
}

/// Lookup, timeline and export agree on whose these messages are, the latest first.
async fn assert_theirs(node: &Arc<Node>, of: &str, messages: &[&str]) {
    let body = lookup(node, of).await.unwrap();
    let seen = body.seen.unwrap().interactions;
    assert_eq!(seen, messages.len() as u64, "{of}");
    for limit in [1, 2, 100] {
        assert_eq!(walked(node, of, limit).await, messages, "{of} by {limit}");
    }
    let expected: BTreeSet<String> = messages.iter().map(ToString::to_string).collect();
    assert_eq!(exported(node).await[&body.id], expected, "{of}");
}

/// The thing names nobody, and has exactly these messages to itself; neither does its own profile id name anybody.
async fn assert_shared(node: &Arc<Node>, of: &str, people: &[&str], messages: &[&str]) {
    let error = lookup(node, of).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::IdentifierShared, "{of}: {error}");
    let mut owners = exported(node).await;
    for person in people {
        assert!(!error.to_string().contains(person), "{error}");
        let id = lookup(node, person).await.unwrap().id;
        owners.remove(&id);
    }
    if messages.is_empty() {
        assert!(owners.is_empty(), "{of}: {owners:?}");
        return;
    }
    let expected: BTreeSet<String> = messages.iter().map(ToString::to_string).collect();
    assert_eq!(owners.values().collect::<Vec<_>>(), [&expected], "{of}");
    for id in owners.keys() {
        let error = lookup(node, id).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::IdentifierShared, "{id}: {error}");
        // An id that was given out goes on leading to people, if there are any.
        let successors = error.detail().successors.unwrap();
        let mut known = BTreeSet::new();
        for person in people {
            known.insert(lookup(node, person).await.unwrap().id);
        }
        assert!(!successors.more);
        assert_eq!(
            successors.profiles.into_iter().collect::<BTreeSet<_>>(),
            known
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_from_a_shared_number_goes_to_the_owner_of_the_next_identifier() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 3).await;
    let messages = [
        on(1, "a1", phone(json!({"userId": "ada"}))),
        on(2, "a2", phone(json!({"userId": "ada"}))),
        on(1, "b1", phone(json!({"userId": "bo"}))),
        on(2, "b2", phone(json!({"userId": "bo"}))),
        on(
            3,
            "a3",
            json!({"userId": "ada", "anonymousId": "browser-a"}),
        ),
        on(4, "a4", phone(json!({"anonymousId": "browser-a"}))),
        on(6, "a5", phone(json!({"anonymousId": "browser-a"}))),
    ];
    ingest(&node, &messages).await;
    assert_theirs(&node, "user_id:ada", &["a5", "a4", "a3", "a2", "a1"]).await;
    assert_theirs(&node, "user_id:bo", &["b2", "b1"]).await;
    let people = ["user_id:ada", "user_id:bo"];
    assert_shared(&node, "phone:+12055550143", &people, &[]).await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_of_two_logins_is_split_by_day() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 3).await;
    let browser = || json!({"anonymousId": "family"});
    let with = |user: &str| json!({"anonymousId": "family", "userId": user});
    let mut messages = Vec::new();
    for (day, user) in [(1, "ada"), (2, "bo"), (3, "ada"), (4, "bo")] {
        messages.push(on(day, &format!("{day}-login"), with(user)));
        messages.push(on(day, &format!("{day}-page"), browser()));
    }
    messages.push(on(5, "5-page", browser()));
    ingest(&node, &messages).await;

    let latest_first = |mut all: Vec<String>| {
        all.sort_by_key(|id| std::cmp::Reverse(id.chars().next()));
        all
    };
    for (user, days) in [("user_id:ada", [3, 1]), ("user_id:bo", [4, 2])] {
        let body = lookup(&node, user).await.unwrap();
        assert_eq!(body.seen.unwrap().interactions, 4, "{user}");
        let active = body.active_days.unwrap();
        assert_eq!(active.count, 2, "{user}");
        let expected: BTreeSet<String> = days
            .iter()
            .flat_map(|day| [format!("{day}-login"), format!("{day}-page")])
            .collect();
        assert_eq!(exported(&node).await[&body.id], expected, "{user}");
        // Login and page of a day are of one instant, so only the days have an order.
        for limit in [1, 3, 100] {
            let walked = walked(&node, user, limit).await;
            assert_eq!(walked, latest_first(walked.clone()), "{user}");
            assert_eq!(walked.len(), 4, "{user}");
            assert_eq!(walked.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
    let people = ["user_id:ada", "user_id:bo"];
    assert_shared(&node, "anonymous_id:family", &people, &["5-page"]).await;

    // Bounds in time and days that are theirs are both kept.
    let since = TimelineOptions {
        limit: 10,
        from: Some(Day(FEBRUARY.0 + 1).start()),
        to: Some(Day(FEBRUARY.0 + 3).start()),
        ..TimelineOptions::default()
    };
    let page = node
        .timeline(&caller(&node), key("user_id:ada"), since)
        .await
        .unwrap();
    assert_eq!(page.interactions.len(), 2);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_at_a_kiosk_is_told_apart_strand_by_strand() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 3).await;
    let guests: Vec<String> = (0..9).map(|number| format!("guest-{number}")).collect();
    let mut messages: Vec<Value> = guests
        .iter()
        .map(|guest| on(1, &format!("{guest}-at"), device(json!({"userId": guest}))))
        .collect();
    messages.extend([
        on(
            2,
            "home",
            json!({"userId": "guest-3", "anonymousId": "browser-3"}),
        ),
        on(3, "strand-1", device(json!({"anonymousId": "browser-3"}))),
        on(4, "strand-2", device(json!({"anonymousId": "browser-3"}))),
    ]);
    ingest(&node, &messages).await;
    let theirs = ["strand-2", "strand-1", "home", "guest-3-at"];
    assert_theirs(&node, "user_id:guest-3", &theirs).await;
    assert_theirs(&node, "user_id:guest-4", &["guest-4-at"]).await;
    let people: Vec<String> = guests.iter().map(|one| format!("user_id:{one}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    assert_shared(&node, "device_id:till-1", &people, &[]).await;
    node.shutdown().await;
}
