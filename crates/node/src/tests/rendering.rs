//! A lookup writes the same bytes as the contract's types, for every section and form.

use std::collections::BTreeSet;

use acquaint_api::profiles::Section;
use serde_json::{Value, json};

use super::support::{ingest, lookup_with, open};
use crate::LookupOptions;

/// A customer with something in every section, and with texts and numbers that JSON has to escape or keep.
fn customer() -> Vec<Value> {
    let track = |id: &str, event: &str, properties: Value| {
        json!({"type": "track", "messageId": id, "userId": "u-1", "event": event, "properties": properties,
            "timestamp": format!("2026-01-0{}T10:00:00.123Z", 1 + id.len() % 8), "context": {"channel": "web"}})
    };
    vec![
        json!({"type": "identify", "messageId": "a", "userId": "u-1", "anonymousId": "b-\"1\"", "timestamp": "2026-01-01T00:00:00Z",
            "traits": {"email": "Ada+News@gmail.com", "phone": "+1 205 555 0143", "name": "Ada \u{1F980} \\ \"A\" \u{0} \n", "age": 41,
                "ratio": 0.125, "huge": 12_345_678_901_234_567_890_u64, "gone": null, "list": [1, [2.5, "x"], {}],
                "map": {"b": true, "a": {"c": null}},
                "preferences": {"size": "M", "colour": {"value": ["red", "blue"], "scope": "web", "confidence": 0.7}}}}),
        json!({"type": "group", "messageId": "bb", "userId": "u-1", "groupId": "acme", "traits": {"plan": "gold", "seats": 2.5},
            "timestamp": "2026-01-02T00:00:00Z"}),
        track(
            "ccc",
            "Order Completed",
            json!({"order_id": "o-1", "revenue": "49.90", "currency": "EUR"}),
        ),
        track(
            "dddd",
            "Order Refunded",
            json!({"order_id": "o-1", "total": -9.9, "currency": "EUR"}),
        ),
        track(
            "eeeee",
            "Order Completed",
            json!({"order_id": "o-2", "revenue": 5}),
        ),
        track(
            "ffffff",
            "Survey Answered",
            json!({"survey": "nps", "score": 9}),
        ),
        track(
            "ggggggg",
            "Survey Answered",
            json!({"survey": "csat", "score": 66.6, "sentiment": -0.25}),
        ),
        track(
            "hhhhhhhh",
            "Survey Answered",
            json!({"survey": "ces", "score": 1, "sentiment": 0.333}),
        ),
        track(
            "iiiiiiiii",
            "Preference Inferred",
            json!({"topic": "size", "value": 3.5, "expires_at": "2999-01-01T00:00:00Z"}),
        ),
        track(
            "jjjjjjjjjj",
            "Preference Stated",
            json!({"topic": "brand", "value": {"x": [null]}, "scope": "store"}),
        ),
        track(
            "kkkkkkkkkkk",
            "Consent Updated",
            json!({"purpose": "email", "granted": false}),
        ),
        json!({"type": "page", "messageId": "l", "anonymousId": "b-\"1\"", "name": "Start", "context": {"channel": "app"},
            "timestamp": "2026-01-09T00:00:00Z"}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_section_in_every_form_is_written_as_the_contract_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), 2).await;
    ingest(&node, &customer()).await;
    let each = Section::ALL.map(|section| Some(BTreeSet::from([section])));
    for sections in [None, Some(BTreeSet::new())].into_iter().chain(each) {
        for (verbose, interactions) in [(false, 0), (true, 0), (false, 5), (true, 20)] {
            let options = LookupOptions {
                sections: sections.clone(),
                verbose,
                interactions,
            };
            let body = lookup_with(&node, "user_id:u-1", &options).await.unwrap();
            let json = serde_json::to_value(&body).unwrap();
            for section in Section::ALL {
                let wanted = sections.as_ref().is_none_or(|of| of.contains(&section));
                let part = &json[section.as_str()];
                assert_eq!(part.is_null(), !wanted, "{}: {part}", section.as_str());
                let is_empty = part.as_object().is_some_and(|part| part.is_empty())
                    || part.as_array().is_some_and(|part| part.is_empty());
                assert!(!is_empty, "{} is empty", section.as_str());
            }
            assert_eq!(body.aliases.is_empty(), !verbose);
            assert_eq!(body.interactions.is_some(), interactions > 0);
        }
    }
    node.shutdown().await;
}
