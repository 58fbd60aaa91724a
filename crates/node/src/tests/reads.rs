//! What is read is what was written: lookups, timelines, explanations, exports.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_api::ErrorCode;
use acquaint_api::profiles::{ExplanationVerdict, FactRequest, FactStatement, LookupBody, Section};
use serde_json::{Value, json};

use super::support::{caller, export, ingest, key, lookup, lookup_with, open, track};
use crate::{LookupOptions, TimelineOptions};

/// One customer on three channels, known by five identifiers.
fn customer() -> Vec<Value> {
    vec![
        json!({"type": "identify", "messageId": "m1", "userId": "u-1", "anonymousId": "7d1b7e5e-3b0a-4c1c-9f43-2b8f6f8a2d11",
            "traits": {"email": "Mira.Vale@example.com", "firstName": "Mira", "plan": "free"},
            "context": {"channel": "web"}, "timestamp": "2026-01-02T10:00:00Z"}),
        json!({"type": "track", "messageId": "m2", "event": "Order Completed",
            "anonymousId": "7d1b7e5e-3b0a-4c1c-9f43-2b8f6f8a2d11",
            "properties": {"order_id": "o-1", "revenue": 49.90, "currency": "EUR"},
            "context": {"channel": "web"}, "timestamp": "2026-01-03T10:00:00Z"}),
        json!({"type": "track", "messageId": "m3", "event": "Call Received", "userId": "u-1",
            "properties": {"sentiment": -0.5}, "traits": {},
            "context": {"channel": "call", "traits": {"phone": "+1 205 555 0143"}}, "timestamp": "2026-01-04T10:00:00Z"}),
        json!({"type": "identify", "messageId": "m4", "userId": "u-1", "traits": {"plan": "pro"},
            "context": {"channel": "app"}, "timestamp": "2026-01-05T10:00:00Z"}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_identifier_leads_to_the_one_profile() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    ingest(&node, &customer()).await;
    let by_user = lookup(&node, "user_id:u-1").await.unwrap();
    for other in [
        "email:mira.vale@EXAMPLE.com",
        "phone:(205) 555-0143",
        "phone:+12055550143",
    ] {
        assert_eq!(lookup(&node, other).await.unwrap(), by_user, "{other}");
    }
    assert_eq!(
        lookup(&node, &by_user.id).await.unwrap(),
        by_user,
        "by its own id"
    );

    let body = serde_json::to_value(&by_user).unwrap();
    assert_eq!(body["traits"]["plan"], "pro");
    assert_eq!(body["orders"]["EUR"]["revenue"], "49.90");
    assert_eq!(body["seen"]["interactions"], 4);
    assert_eq!(body["channels"], json!({"app": 1, "call": 1, "web": 2}));
    assert_eq!(body["sentiment"]["mostNegative"]["score"], -0.5);
    assert_eq!(
        body["activeDays"],
        json!({"count": 4, "first": "2026-01-02", "last": "2026-01-05"})
    );
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sections_and_sources_are_sent_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    ingest(&node, &customer()).await;
    let options = LookupOptions {
        sections: Some(BTreeSet::from([Section::Traits])),
        verbose: true,
        interactions: 2,
    };
    let profile = lookup_with(&node, "user_id:u-1", &options).await.unwrap();
    let body = serde_json::to_value(&profile).unwrap();
    assert!(
        body.get("orders").is_none() && body.get("identifiers").is_none(),
        "{body}"
    );
    assert_eq!(
        body["traits"]["plan"],
        json!({"value": "pro", "source": caller(&node).source, "time": "2026-01-05T10:00:00.000Z"})
    );
    let ids: Vec<&str> = profile
        .interactions
        .as_ref()
        .unwrap()
        .iter()
        .map(|one| one.message_id.as_str())
        .collect();
    assert_eq!(ids, ["m4", "m3"]);
    assert!(!profile.aliases.is_empty());
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_nobody_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    ingest(&node, &customer()).await;
    for (text, code) in [
        ("user_id:nobody", ErrorCode::ProfileNotFound),
        ("pf_aaaaaaaaaaaaaaaaaaaaaaaaaa", ErrorCode::ProfileNotFound),
        ("starsign:leo", ErrorCode::InvalidKey),
        ("email:not an address", ErrorCode::InvalidKey),
        ("user_id:undefined", ErrorCode::IdentifierBlocked),
    ] {
        let error = lookup(&node, text).await.unwrap_err();
        assert_eq!(error.code(), code, "{text}: {error}");
    }
    let keys = [
        "user_id:u-1".to_owned(),
        "no key".to_owned(),
        "user_id:nobody".to_owned(),
    ];
    let json = node
        .lookup_many(&caller(&node), keys.to_vec(), LookupOptions::default())
        .await
        .unwrap();
    let text = std::str::from_utf8(&json).unwrap();
    let body: LookupBody = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&body).unwrap(), text);
    let answers = body.answers;
    assert!(answers[0].profile.is_some() && answers[0].error.is_none());
    assert_eq!(
        answers[1].error.as_ref().unwrap().code,
        ErrorCode::InvalidKey
    );
    assert_eq!(
        answers[2].error.as_ref().unwrap().code,
        ErrorCode::ProfileNotFound
    );
    node.shutdown().await;
}

/// A browser that many customers used links none of them, and is nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_thing_is_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    let kiosk = "0b1c2d3e-4f50-4162-8374-8596a7b8c9d0";
    let visits: Vec<Value> = (0..40)
        .map(|n| {
            json!({"type": "page", "messageId": format!("k{n}"), "userId": format!("guest-{n}"), "anonymousId": kiosk,
                "context": {"channel": "store"}, "timestamp": "2026-02-01T10:00:00Z"})
        })
        .collect();
    ingest(&node, &visits).await;
    let shared = lookup(&node, &format!("anonymous_id:{kiosk}"))
        .await
        .unwrap_err();
    assert_eq!(shared.code(), ErrorCode::IdentifierShared);
    let guest = lookup(&node, "user_id:guest-7").await.unwrap();
    assert_eq!(guest.identifiers.unwrap().len(), 1);
    let why = node
        .explain(
            &caller(&node),
            &key("user_id:guest-7"),
            &key("user_id:guest-8"),
        )
        .await
        .unwrap();
    assert_eq!(why.verdict, ExplanationVerdict::Refused, "{why:?}");
    assert_eq!(why.refusals[0].rule, "hub", "{why:?}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_pages_through_everything_once() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    ingest(&node, &customer()[..1]).await;
    // Under two anchors in turn: the user and the browser; several at the same instant.
    let messages: Vec<Value> = (0..230)
        .map(|n| {
            let mut message = json!({"type": "track", "event": if n % 3 == 0 { "Product Viewed" } else { "Product Added" },
                "messageId": format!("t{n}"), "context": {"channel": if n % 2 == 0 { "web" } else { "app" }},
                "timestamp": format!("2026-03-01T{:02}:00:00Z", n / 20)});
            let (name, value) = match n % 5 {
                0 => ("userId", "u-1"),
                _ => ("anonymousId", "7d1b7e5e-3b0a-4c1c-9f43-2b8f6f8a2d11"),
            };
            message[name] = value.into();
            message
        })
        .collect();
    ingest(&node, &messages).await;

    let mut options = TimelineOptions {
        limit: 7,
        ..TimelineOptions::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = node
            .timeline(&caller(&node), key("user_id:u-1"), options.clone())
            .await
            .unwrap();
        assert!(page.interactions.len() <= 7);
        seen.extend(
            page.interactions
                .into_iter()
                .map(|one| (one.time, one.message_id)),
        );
        match page.next {
            Some(next) => options.page = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 231);
    assert_eq!(
        seen.iter().map(|(_, id)| id).collect::<BTreeSet<_>>().len(),
        231
    );
    assert!(seen.is_sorted_by(|a, b| a.0 >= b.0), "latest first");

    let filtered = TimelineOptions {
        limit: 1_000,
        channel: Some("web".into()),
        event: Some("Product Viewed".into()),
        ..TimelineOptions::default()
    };
    let page = node
        .timeline(&caller(&node), key("user_id:u-1"), filtered.clone())
        .await
        .unwrap();
    assert_eq!(
        page.interactions.len(),
        (0..230).filter(|n| n % 6 == 0).count()
    );

    let other_question = TimelineOptions {
        page: options.page,
        ..filtered
    };
    let error = node
        .timeline(&caller(&node), key("user_id:u-1"), other_question)
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidToken);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_shows_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    ingest(&node, &customer()).await;
    let why = node
        .explain(
            &caller(&node),
            &key("email:mira.vale@example.com"),
            &key("phone:+12055550143"),
        )
        .await
        .unwrap();
    assert_eq!(why.verdict, ExplanationVerdict::SameProfile);
    assert_eq!(why.path.len(), 2);
    assert_eq!(why.path[0].a, "email:mira.vale@example.com");
    assert_eq!(why.path.iter().filter(|link| link.weakest).count(), 1);
    assert_eq!(why.path[0].sample_message_ids, ["m1"]);
    assert_eq!(why.path[0].first_day.as_deref(), Some("2026-01-02"));
    node.shutdown().await;
}

/// The same messages in another order, in other batches and twice give the same bytes.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_does_not_tell_how_things_came_in() {
    let mut exports = Vec::new();
    for order in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        let node = open(dir.path(), 4).await;
        let mut messages = customer();
        match order {
            0 => drop(ingest(&node, &messages).await),
            1 => {
                messages.reverse();
                for message in &messages {
                    ingest(&node, std::slice::from_ref(message)).await;
                }
            }
            _ => {
                ingest(&node, &messages[2..]).await;
                ingest(&node, &messages).await;
            }
        }
        exports.push(export(&node).await);
        node.shutdown().await;
    }
    assert_eq!(exports[0].lines().count(), 5, "{}", exports[0]);
    assert_eq!(exports[0], exports[1]);
    assert_eq!(exports[0], exports[2]);
    assert!(
        !exports[0].contains("received"),
        "receipt times differ between runs"
    );
}

/// An export that nobody reads gives up, and says so: a cut file is never taken for a whole one.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_not_read_ends_with_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    let text = "x".repeat(20_000);
    let messages: Vec<Value> = (0..60)
        .map(|n| {
            let mut message = track(&format!("m-{n}"), "u-1", "Said");
            message["properties"] = json!({"text": text});
            message
        })
        .collect();
    ingest(&node, &messages).await;
    let stall_max = Duration::from_millis(100);
    let mut chunks = node.export_while_read(&caller(&node), stall_max).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut last = None;
    while let Some(chunk) = chunks.recv().await {
        last = Some(chunk);
    }
    let error = last.unwrap().unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
    node.shutdown().await;
}

/// Facts list in the order they were stated; one that was undone is gone from the list.
#[tokio::test(flavor = "multi_thread")]
async fn facts_list_in_the_order_they_were_stated() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 4).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let request = FactRequest {
            statement: FactStatement::Block {
                key: format!("email:shared-{n}@example.com"),
            },
            author: "an operator".into(),
            reason: "an address of a shop".into(),
        };
        ids.push(node.put_fact(&caller(&node), &request).await.unwrap().id);
        // Ids are ordered by millisecond.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    node.undo_fact(&caller(&node), &ids.remove(2))
        .await
        .unwrap();
    let listed = node.list_facts(&caller(&node)).await.unwrap();
    assert!(!listed.truncated);
    assert_eq!(
        listed
            .facts
            .iter()
            .map(|fact| fact.id.clone())
            .collect::<Vec<_>>(),
        ids
    );
    node.shutdown().await;
}
