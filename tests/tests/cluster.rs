//! A cluster of real nodes on loopback, as its operators and its clients meet it.
//!
//! - It is formed, changed and looked at with the command line alone, and every step says what comes next.
//! - What a read promises holds at every node.
//! - Nodes that are stopped in order, one after the other, fail no request of a client that turns to another node.

#![allow(clippy::unwrap_used)]

use std::net::{SocketAddr, TcpListener};
use std::process::Output;
use std::time::{Duration, Instant};

use acquaint_tests::{Server, ServerOptions, TOKEN, Visitors, WRITE_KEY_SERVER, assert_same_bytes};
use serde_json::{Value, json};

const WITHIN: Duration = Duration::from_secs(60);

/// A node that is configured for a cluster, and started.
fn node() -> Server {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = free.local_addr().unwrap();
    drop(free);
    node_at(peer)
}

fn node_at(peer: SocketAddr) -> Server {
    let sections = format!("[cluster]\npeer_listen = \"{peer}\"\n");
    let mut server = Server::prepare(&ServerOptions {
        anchors_groups: 3,
        sections: sections.leak(),
        ..ServerOptions::default()
    });
    server.spawn();
    server
}

fn acquaint(server: &Server, arguments: &[&str]) -> Output {
    let mut command = server.command();
    command.args(arguments).env("ACQUAINT_URL", server.url(""));
    command.env("ACQUAINT_TOKEN", TOKEN);
    command.output().unwrap()
}

/// The standard output of a command that succeeds.
fn said(server: &Server, arguments: &[&str]) -> String {
    let output = acquaint(server, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{arguments:?}: {errors}\n{}",
        server.log()
    );
    String::from_utf8(output.stdout).unwrap()
}

fn status(server: &Server) -> Value {
    serde_json::from_str(&said(server, &["cluster", "status", "--json"])).unwrap()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < WITHIN, "{what} takes too long");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn answers(server: &Server) -> bool {
    let asked = server.http().get(server.url("/health/live")).send().await;
    asked.is_ok_and(|answer| answer.status().is_success())
}

async fn is_ready(server: &Server) -> bool {
    server.get("/health/ready").await.0 == 200
}

/// Three nodes of one cluster.
async fn formed() -> [Server; 3] {
    let servers = [node(), node(), node()];
    for server in &servers {
        until("a start", async || answers(server).await).await;
    }
    let text = said(&servers[0], &["cluster", "init"]);
    assert!(
        text.contains("cluster join"),
        "it says what comes next: {text}"
    );
    let member = servers[0].url("");
    for server in &servers[1..] {
        let text = said(server, &["cluster", "join", "--member", &member]);
        assert!(text.contains("votes in every group"), "{text}");
    }
    servers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_cluster_says_what_to_do() {
    let server = node();
    until("the start", async || answers(&server).await).await;
    let ready = server.http().get(server.url("/health/ready")).send();
    let ready = ready.await.unwrap();
    assert_eq!(ready.status().as_u16(), 503);
    assert!(ready.headers().contains_key("retry-after"));
    assert!(
        ready
            .text()
            .await
            .unwrap()
            .contains("acquaint cluster init")
    );
    let sent = server
        .http()
        .post(server.url("/v1/track"))
        .body("{}")
        .send();
    let sent = sent.await.unwrap();
    assert_eq!(sent.status().as_u16(), 503);
    let sent: Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
    assert_eq!(sent["success"], false, "in the form of the SDKs: {sent}");
    let (code, cluster) = server.get("/v1/cluster").await;
    assert_eq!(
        (code, &cluster["formed"]),
        (200, &json!(false)),
        "{cluster}"
    );
    let nobody = server.http().get(server.url("/v1/cluster")).send();
    assert_eq!(nobody.await.unwrap().status().as_u16(), 401);
    let (code, page) = server.get("/docs/errors/nothing").await;
    assert_eq!(code, 404, "{page}");
    let refused = server
        .http()
        .post(server.url("/v1/cluster/join"))
        .bearer_auth(TOKEN)
        .body(r#"{"cluster": "x", "node": 7, "anchorsGroups": 3, "peers": {"1": "127.0.0.1:1"}}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status().as_u16(), 409, "and it waits on:");
    assert!(said(&server, &["cluster", "init"]).contains("is formed"));
    assert!(is_ready(&server).await, "over the same address");
    let again = acquaint(&server, &["cluster", "init"]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    server.assert_no_panic();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_formed_and_changed_by_the_command_line() {
    let servers = formed().await;
    let [first, second, third] = &servers;
    for server in &servers {
        assert_eq!(status(server)["cluster"], status(first)["cluster"]);
        // A follower hears of the last change with the next entries.
        until("three voters", async || {
            let nodes = status(server)["nodes"].clone();
            let nodes = nodes.as_array().unwrap();
            nodes.len() == 3 && nodes.iter().all(|node| node["role"] == "voter")
        })
        .await;
        let table = said(server, &["cluster", "status"]);
        assert!(table.contains("identity-0"), "{table}");
    }
    reads_keep_their_promise(&servers).await;

    let number = status(second)["node"].as_u64().unwrap();
    let named = number.to_string();
    said(first, &["cluster", "drain", &named]);
    let leads = |server: &Server| {
        let nodes = status(server)["nodes"].clone();
        let node = nodes
            .as_array()
            .unwrap()
            .iter()
            .find(|node| node["node"] == number)
            .cloned();
        node.unwrap()["leads"].as_u64().unwrap()
    };
    assert_eq!(leads(first), 0);
    said(first, &["cluster", "drain", &named, "--off"]);
    until("the node's return", async || leads(first) > 0).await;
    let compared = said(third, &["cluster", "compare"]);
    assert!(!compared.contains("NO"), "{compared}");

    // What is acknowledged while a node is away is there when it is back.
    let [first, mut second, third] = servers;
    assert!(second.stop().await.success());
    send(&first, "away").await;
    second.restart().await;
    let exports = [
        export(&first).await,
        export(&second).await,
        export(&third).await,
    ];
    assert_same_bytes(&exports[0], &exports[1], "a node that was away");
    assert_same_bytes(&exports[0], &exports[2], "a node that was there");

    said(&first, &["cluster", "remove", &named]);
    assert_eq!(status(&first)["nodes"].as_array().unwrap().len(), 2);
    let again = acquaint(&first, &["cluster", "remove", &named]);
    assert_eq!(
        again.status.code(),
        Some(3),
        "there is no such node: {again:?}"
    );
    // It runs on, and is refused by the others: it must not be asked any more.
    until("the end of a removed node", async || {
        !is_ready(&second).await
    })
    .await;
    let (_, health) = second.get("/health/ready").await;
    assert!(health.to_string().contains("no member"), "{health}");
    for server in [&first, &second, &third] {
        server.assert_no_panic();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_leave_nobody_in_charge_is_refused_or_told() {
    let servers = formed().await;
    let numbers = servers
        .each_ref()
        .map(|server| status(server)["node"].to_string());
    let [first, mut second, mut third] = servers;
    let refused = |arguments: &[&str], part: &str| {
        let output = acquaint(&first, arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
        assert!(errors.contains(part), "{arguments:?}: {errors}");
    };
    refused(&["cluster", "remove", &numbers[0]], "ask another node");
    refused(
        &["cluster", "add-learner", &numbers[1]],
        "votes in every group",
    );
    for drained in &numbers[1..] {
        said(&first, &["cluster", "drain", drained]);
    }
    refused(&["cluster", "drain", &numbers[0]], "may lead");
    for drained in &numbers[1..] {
        said(&first, &["cluster", "drain", drained, "--off"]);
    }
    for (peer, http, part) in [
        ("nowhere", "http://127.0.0.1:1", "peerAddress"),
        ("127.0.0.1:0", "http://127.0.0.1:1", "peerAddress"),
        ("127.0.0.1:1", "127.0.0.1:1", "httpAddress"),
    ] {
        let body = json!({"peerAddress": peer, "httpAddress": http});
        let request = first.http().post(first.url("/v1/cluster/nodes"));
        let answer = request.bearer_auth(TOKEN).json(&body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 400, "{body}");
        let answer = answer.text().await.unwrap();
        assert!(answer.contains(part), "{answer}");
    }

    second.kill_nine();
    // Alone, the directory would be a second cluster.
    second.configure(&ServerOptions {
        anchors_groups: 3,
        ..ServerOptions::default()
    });
    second.spawn();
    assert!(!second.ended().await.success());
    assert!(
        second.log().contains("cluster.peer_listen is fixed"),
        "{}",
        second.log()
    );
    third.kill_nine();
    refused(&["cluster", "transfer-leader", "registry", &numbers[2]], "");
    until("what is told of the loss", async || !is_ready(&first).await).await;
    let (_, health) = first.get("/health/ready").await;
    assert!(health.to_string().contains("majority"), "{health}");
    assert_eq!(first.get("/v1/cluster").await.0, 200);
    first.assert_no_panic();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_address_that_is_taken_is_told_at_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = node_at(taken.local_addr().unwrap());
    assert!(!server.ended().await.success());
    let log = server.log();
    assert!(log.contains("cluster.peer_listen"), "{log}");
}

async fn send(server: &Server, user: &str) -> String {
    let message = json!({"userId": user, "messageId": user, "event": "e", "timestamp": "2026-05-01T08:00:00Z"});
    let request = server.http().post(server.url("/v1/track?ack=durable"));
    let request = request.basic_auth(WRITE_KEY_SERVER, Some(""));
    let answer = request.json(&message).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{}", server.log());
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    answer["position"].as_str().unwrap().to_owned()
}

/// Whatever is written through one node is read through each.
async fn reads_keep_their_promise(servers: &[Server; 3]) {
    for (number, writer) in servers.iter().enumerate() {
        for (other, reader) in servers.iter().enumerate() {
            let user = format!("u-{number}-{other}");
            let position = send(writer, &format!("{user}-session")).await;
            let path = format!("/v1/profiles/user_id:{user}-session?after={position}");
            assert_eq!(reader.get(&path).await.0, 200, "{path}");
            // Acknowledged as visible: who asks for all that is acknowledged has to see it.
            let message = json!({"userId": format!("{user}-strong"), "event": "e"});
            let request = writer.http().post(writer.url("/v1/track"));
            let request = request.basic_auth(WRITE_KEY_SERVER, Some(""));
            let sent = request.json(&message).send().await.unwrap();
            assert_eq!(sent.status().as_u16(), 200);
            let path = format!("/v1/profiles/user_id:{user}-strong?consistency=strong");
            let read = reader.http().get(reader.url(&path)).bearer_auth(TOKEN);
            let read = read.send().await.unwrap();
            assert_eq!(read.status().as_u16(), 200, "{path}");
            assert_eq!(read.headers()["acquaint-consistency"], "strong");
            assert!(read.headers().contains_key("acquaint-age-ms"), "{read:?}");
        }
    }
}

async fn export(server: &Server) -> Vec<u8> {
    let request = server
        .http()
        .get(server.url("/v1/export?consistency=strong"));
    let answer = request.bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{}", server.log());
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_fails_no_request() {
    let mut servers = formed().await;
    let urls: Vec<String> = servers.iter().map(|server| server.url("")).collect();
    let visitors = Visitors::start(4, &urls);
    for node in 0..servers.len() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (server, other) = (node, (node + 1) % 3);
        let number = status(&servers[server])["node"].to_string();
        said(&servers[other], &["cluster", "drain", &number]);
        assert!(
            servers[server].stop().await.success(),
            "{}",
            servers[server].log()
        );
        servers[server].restart().await;
        said(&servers[other], &["cluster", "drain", &number, "--off"]);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let met = visitors.end().await;
    let (answered, failed) = (met.answered(), met.failed());
    assert!(
        failed.is_empty(),
        "{} of {answered}: {failed:#?}",
        failed.len()
    );
    let resent = met.resent();
    assert!(
        resent * 500 <= answered,
        "{resent} of {answered} were sent again"
    );
    println!("{answered} requests, none failed, {resent} sent again");
    for server in &servers {
        server.assert_no_panic();
    }
}
