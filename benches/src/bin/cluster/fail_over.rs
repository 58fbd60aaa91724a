//! How long the groups of a node that is killed refuse.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{Duration, Instant};

use acquaint_api::Position;
use acquaint_bench::Latencies;
use acquaint_storage::GroupId;
use acquaint_tests::{Server, WRITE_KEY_SERVER};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use acquaint_benches::nodes;

/// Customers that are asked for until every group has one.
const USERS_MAX: usize = 10_000;
const BETWEEN_TRIES: Duration = Duration::from_millis(5);
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

pub(crate) async fn measure(rounds: usize) {
    let mut servers = nodes::three().await;
    let users = one_of_each_group(&servers[0]).await;
    let mut waits = Vec::new();
    let mut refusals = 0;
    for round in 0..rounds {
        let (victim, led) = leads_most(&servers).await;
        let other = servers[(victim + 1 + round % 2) % 3].url("/v1/track?ack=durable");
        let killed = Instant::now();
        servers[victim].kill_nine();
        let mut probes = JoinSet::new();
        for group in led {
            if let Some(user) = users.get(&group) {
                let http = servers[victim].http().clone();
                probes.spawn(until_acknowledged(
                    http,
                    other.clone(),
                    user.clone(),
                    killed,
                ));
            }
        }
        for (wait, refused) in probes.join_all().await {
            waits.push(wait);
            refusals += refused;
        }
        servers[victim].restart().await;
        nodes::settled(&servers[victim]).await;
    }
    let count = waits.len();
    println!(
        "fail-over: {rounds} times kill -9, {count} groups that lost their leader, {refusals} answers told to try again"
    );
    println!(
        "  until a write to the group is acknowledged: {}",
        Latencies::from_iter(waits)
    );
}

/// The node that leads most groups, with those.
async fn leads_most(servers: &[Server; 3]) -> (usize, Vec<String>) {
    let mut led: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for group in nodes::cluster(&servers[0]).await.groups {
        let leader = group.leader.expect("every group has a leader");
        led.entry(leader).or_default().push(group.group);
    }
    let most = led.into_iter().max_by_key(|(_, groups)| groups.len());
    let (number, groups) = most.expect("there are groups");
    for (place, server) in servers.iter().enumerate() {
        if nodes::number(server).await == number {
            return (place, groups);
        }
    }
    panic!("node {number} is none of ours");
}

/// A customer in every anchors group.
async fn one_of_each_group(server: &Server) -> BTreeMap<String, String> {
    let mut users = BTreeMap::new();
    for number in 0..USERS_MAX {
        if users.len() + 2 == usize::from(nodes::GROUPS) {
            return users;
        }
        let user = format!("user-{number}");
        let url = server.url("/v1/track?ack=durable");
        let answer = track(server.http(), &url, &user).await;
        let position = answer.expect("a cluster that is well takes messages")["position"].clone();
        let position = position.as_str().map(Position::from_str);
        let position = position.expect("a position").expect("one that can be read");
        let groups = position.groups.keys().copied();
        for group in groups.filter_map(GroupId::from_number) {
            if matches!(group, GroupId::Anchors(_)) {
                users.entry(group.to_string()).or_insert(user.clone());
            }
        }
    }
    panic!("{USERS_MAX} customers are in {} groups only", users.len());
}

/// Sends a message of a customer until it is acknowledged. How long that took, and how often the answer was a refusal.
async fn until_acknowledged(
    http: reqwest::Client,
    url: String,
    user: String,
    begun: Instant,
) -> (Duration, usize) {
    let mut refused = 0;
    while track(&http, &url, &user).await.is_none() {
        refused += 1;
        assert!(begun.elapsed() < GIVEN_UP_AFTER, "no leader was found");
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    (begun.elapsed(), refused)
}

async fn track(http: &reqwest::Client, url: &str, user: &str) -> Option<Value> {
    let message = json!({ "userId": user, "event": "Probed" });
    let request = http.post(url).basic_auth(WRITE_KEY_SERVER, Some(""));
    let answer = request.json(&message).send().await;
    let answer = answer.expect("a node that runs answers");
    match answer.status().as_u16() {
        200 => Some(answer.json().await.expect("an answer is JSON")),
        503 => None,
        other => panic!("{other}: {:?}", answer.text().await),
    }
}
