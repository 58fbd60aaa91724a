//! What a key that anybody can hold may say.

use std::collections::BTreeSet;

use acquaint_api::tracking::Message;
use acquaint_identity::{Evidence, RowValue, Trust};
use acquaint_profile::Day;
use acquaint_storage::row::{IdentityRow, StrandRow};
use acquaint_storage::{Key, codec};
use serde_json::{Value, json};

use super::support::{caller, open, state_as};
use crate::ingest::now;
use crate::{IngestOptions, Node};

/// Days before today that messages claim to be of.
const BACK: [u32; 6] = [200, 3, 120, 45, 7, 60];

/// One person on many days, in every way that a sender can give a time.
fn messages(today: Day) -> Vec<Value> {
    let mut messages = Vec::new();
    for back in BACK {
        let time = Day(today.0 - back).start().to_string();
        for (way, members) in [
            json!({"timestamp": time}),
            json!({"originalTimestamp": time}),
            json!({"timestamp": time, "originalTimestamp": time, "sentAt": time}),
        ]
        .into_iter()
        .enumerate()
        {
            let mut message = json!({"type": "identify", "messageId": format!("{back}-{way}"), "userId": "u1",
                "traits": {"email": "ada@example.com", "firstName": "Ada"}});
            for (name, value) in members.as_object().unwrap() {
                message[name] = value.clone();
            }
            messages.push(message);
        }
    }
    messages
}

async fn send(node: &Node, trust: Trust, messages: &[Value]) {
    let mut caller = caller(node);
    caller.trust = trust;
    let parsed = messages
        .iter()
        .map(|message| Message::from_json(message.clone(), None))
        .collect();
    let options = IngestOptions::default();
    let report = node.ingest(&caller, parsed, &options).await.unwrap();
    assert!(
        report
            .verdicts
            .iter()
            .all(|verdict| verdict.reason.is_none())
    );
}

/// The days that evidence counts: of links and of names, with the anchors and with identity.
fn days(node: &Node) -> BTreeSet<u32> {
    let of = |evidence: &Evidence| {
        let names = evidence.first_names.values().flatten();
        let all = evidence.days.iter().chain(names);
        all.map(|day| day.0.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let rows = state_as(node, |key, value| match key {
        Key::Strand { .. } => {
            let row: StrandRow = codec::decode(value).unwrap();
            Some(row.sources.values().map(of).collect::<Vec<_>>().join(" "))
        }
        Key::Identity { .. } => match codec::decode(value).unwrap() {
            IdentityRow(RowValue::Evidence(evidence)) => Some(of(&evidence)),
            _ => None,
        },
        _ => None,
    });
    let texts = rows.values().flat_map(|text| text.split(' '));
    texts.map(|day| day.parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_cannot_invent_a_past() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let before = now().day();
    let messages = messages(before);
    send(&node, Trust::Public, &messages).await;
    let receipt = before.0..=now().day().0;
    let counted = days(&node);
    assert!(
        counted.iter().all(|day| receipt.contains(day)),
        "{counted:?}"
    );

    // A server knows when things happened.
    let theirs = tempfile::tempdir().unwrap();
    let server = open(theirs.path(), 2).await;
    send(&server, Trust::Server, &messages[..1]).await;
    assert_eq!(days(&server), BTreeSet::from([before.0 - BACK[0]]));
    send(&server, Trust::Server, &messages).await;
    let claimed: BTreeSet<u32> = BACK.iter().map(|back| before.0 - back).collect();
    assert!(days(&server).is_superset(&claimed));
    node.shutdown().await;
    server.shutdown().await;
}
