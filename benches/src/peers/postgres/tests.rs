//! The statements against the real server: who is who, what is counted, and clients that collide.

use acquaint_tests::skip;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;
use crate::peers::PeerMessage;

const CLIENTS: usize = 8;

fn message(id: &str, millis: i64, identifiers: &[(&str, &str)], traits: &Value) -> PeerMessage {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    PeerMessage {
        message_id: id.to_owned(),
        identifiers: identifiers.iter().map(owned).collect(),
        time_millis: millis,
        channel: "web".to_owned(),
        kind: "track".to_owned(),
        event: "Product Viewed".to_owned(),
        traits: traits.to_string(),
        properties: r#"{"sku":"sku-1"}"#.to_owned(),
    }
}

/// The document and the sorted identifiers of whom an identifier names.
async fn person(session: &PostgresSession, namespace: &str, value: &str) -> (Value, Vec<String>) {
    let found = session.lookup(namespace, value).await.expect("it answers");
    let mut found = found.expect("the identifier has a profile");
    found.identifiers.sort();
    let data = serde_json::from_str(&found.data).expect("the document is JSON");
    (data, found.identifiers)
}

async fn write(session: &PostgresSession, batch: &[PeerMessage]) -> u64 {
    let written = session.resolve_and_merge(batch).await;
    written.expect("the batch is taken").new
}

async fn new_and_known(session: &PostgresSession) {
    let first = message(
        "1",
        1_000,
        &[("user_id", "ada")],
        &json!({ "city": "Turin" }),
    );
    assert_eq!(write(session, std::slice::from_ref(&first)).await, 1);
    let ids = [("user_id", "ada"), ("email", "ada@x")];
    let later = message("2", 3_000, &ids, &json!({ "city": "Rome", "plan": "gold" }));
    let between = message(
        "3",
        2_000,
        &[("email", "ada@x")],
        &json!({ "city": "Oslo" }),
    );
    assert_eq!(write(session, &[later]).await, 1);
    assert_eq!(
        write(session, &[between, first]).await,
        1,
        "one is a duplicate"
    );
    let expected = json!({
        "traits": { "city": "Rome", "plan": "gold" }, "events": { "Product Viewed": 3 },
        "messages": 3, "first_seen": 1_000, "last_seen": 3_000 });
    let ids = ["email:ada@x", "user_id:ada"].map(str::to_owned);
    let found = person(session, "email", "ada@x").await;
    assert_eq!(found, (expected, ids.to_vec()));
    let nobody = session.lookup("user_id", "nobody").await;
    assert_eq!(nobody.expect("it answers"), None);
}

async fn merges(session: &PostgresSession) {
    let none = json!({});
    let alone = |id: &str, name| message(id, 1_000, &[("user_id", name)], &json!({ id: 1 }));
    let batch = ["m1", "m2", "m3", "m4"].map(|id| alone(id, id));
    assert_eq!(write(session, &batch).await, 4);
    // A chain through the batch and through what is stored: all four are one person.
    let pair = |id, a, b| message(id, 2_000, &[("user_id", a), ("user_id", b)], &none);
    let joining = [pair("m5", "m1", "m2"), pair("m6", "m3", "m4")];
    assert_eq!(write(session, &joining).await, 2);
    assert_ne!(
        person(session, "user_id", "m1").await,
        person(session, "user_id", "m3").await
    );
    let joining = [pair("m7", "m4", "m2"), alone("m8", "m8")];
    assert_eq!(write(session, &joining).await, 2);
    let (data, ids) = person(session, "user_id", "m3").await;
    assert_eq!(data["messages"], 7);
    assert_eq!(data["events"]["Product Viewed"], 7);
    assert_eq!(
        data["traits"],
        json!({ "m1": 1, "m2": 1, "m3": 1, "m4": 1 })
    );
    assert_eq!(
        ids,
        ["user_id:m1", "user_id:m2", "user_id:m3", "user_id:m4"]
    );
    let (data, ids) = person(session, "user_id", "m8").await;
    assert_eq!((&data["messages"], ids.len()), (&json!(1), 1));
}

/// Pairs of people that many clients join at the same time, in other orders, until all are one.
async fn collide(postgres: &Postgres) {
    const PEOPLE: usize = 40;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let session = postgres.session().await.expect("it accepts connections");
        clients.spawn(async move {
            let mut retries = 0;
            for step in 0..PEOPLE - 1 {
                // Each client starts at another link, half of them backwards; one message is shared.
                let link = match client % 2 {
                    0 => (step + client * 5) % (PEOPLE - 1),
                    _ => (2 * PEOPLE - 2 - step - client * 2) % (PEOPLE - 1),
                };
                let (a, b) = (format!("c{link}"), format!("c{}", link + 1));
                let ids = [("user_id", a.as_str()), ("user_id", b.as_str())];
                let own = message(&format!("c-{client}-{link}"), 1_000, &ids, &json!({}));
                let shared = message(&format!("c-{link}"), 1_000, &ids, &json!({}));
                let written = session.resolve_and_merge(&[own, shared]).await;
                retries += written.expect("the batch is taken").retries;
            }
            retries
        });
    }
    let retries: u64 = clients.join_all().await.iter().sum();
    println!("{CLIENTS} clients that merge: {retries} retries");
    let session = postgres.session().await.expect("it accepts connections");
    let (data, ids) = person(&session, "user_id", "c0").await;
    assert_eq!(ids.len(), PEOPLE);
    assert_eq!(data["messages"], (CLIENTS + 1) * (PEOPLE - 1));
    let connection = Connection::open(postgres.address)
        .await
        .expect("it accepts");
    let lost = "SELECT (SELECT count(*) FROM identifiers WHERE NOT EXISTS (
            SELECT 1 FROM profiles p WHERE p.profile_id = identifiers.profile_id))
        + (SELECT count(*) FROM interactions WHERE NOT EXISTS (
            SELECT 1 FROM profiles p WHERE p.profile_id = interactions.profile_id))";
    let row = connection.client.query_one(lost, &[]).await;
    let lost: i64 = row.expect("it answers").get(0);
    assert_eq!(lost, 0, "rows without a profile");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_resolves_and_merges() {
    let base = std::env::temp_dir();
    let postgres = match Postgres::start(&base).await {
        Err(error @ PeerError::Missing { .. }) => {
            return skip("postgres_resolves_and_merges", &error.to_string());
        }
        started => started.expect("the server starts"),
    };
    let session = postgres.session().await.expect("it accepts connections");
    new_and_known(&session).await;
    merges(&session).await;
    collide(&postgres).await;

    postgres.clear().await.expect("it can be emptied");
    let first = message("1", 1_000, &[("user_id", "ada")], &json!({}));
    let batch = [first.clone(), first];
    let once = session.insert_only(&batch).await.expect("it is taken");
    let again = session.insert_only(&batch).await.expect("it is taken");
    assert_eq!((once.new, again.new), (1, 0));
    postgres.settle().await.expect("it settles");
    assert!(postgres.bytes().await.expect("it answers") > 0);
}
