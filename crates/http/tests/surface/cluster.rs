//! What operators ask of a node, and what a node answers that is not ready.

use serde_json::json;

use crate::{READER, Surface, TOKEN};

#[tokio::test]
async fn a_cluster_is_seen_by_its_operators_alone() {
    let surface = Surface::open().await;
    let cluster = surface.get("/v1/cluster").await;
    assert_eq!(cluster.status, 200, "{cluster:?}");
    let cluster = cluster.json();
    assert_eq!(cluster["formed"], true, "{cluster}");
    assert_eq!(cluster["ready"], true, "{cluster}");
    for (authorization, status) in [("", 401), (READER, 403)] {
        for line in [
            "GET /v1/cluster",
            "POST /v1/cluster/init",
            "POST /v1/cluster/join",
            "POST /v1/cluster/nodes",
            "POST /v1/cluster/nodes/1/add-learner",
            "POST /v1/cluster/nodes/1/promote",
            "POST /v1/cluster/nodes/1/drain",
            "DELETE /v1/cluster/nodes/1",
            "POST /v1/cluster/groups/registry/transfer-leader",
            "POST /v1/cluster/compare",
        ] {
            let answer = surface.ask(line, authorization, "{}").await;
            assert_eq!(answer.status, status, "{line}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let surface = Surface::open().await;
    let admission = json!({"cluster": "00".repeat(16), "node": 2, "anchorsGroups": 2, "peers": {}});
    for (line, body, status, code) in [
        (
            "POST /v1/cluster/init",
            "".to_owned(),
            409,
            "cluster_conflict",
        ),
        (
            "POST /v1/cluster/join",
            admission.to_string(),
            409,
            "cluster_conflict",
        ),
        (
            "POST /v1/cluster/nodes",
            "{}".to_owned(),
            400,
            "invalid_request",
        ),
        (
            "POST /v1/cluster/nodes",
            "{".to_owned(),
            400,
            "invalid_json",
        ),
        (
            "POST /v1/cluster/nodes/one/promote",
            "".to_owned(),
            400,
            "invalid_request",
        ),
        (
            "POST /v1/cluster/nodes/9/drain",
            "{}".to_owned(),
            400,
            "invalid_request",
        ),
        (
            "POST /v1/cluster/nodes/9/promote",
            "".to_owned(),
            404,
            "node_not_found",
        ),
        (
            "DELETE /v1/cluster/nodes/9",
            "".to_owned(),
            404,
            "node_not_found",
        ),
        (
            "DELETE /v1/cluster/nodes/1",
            "".to_owned(),
            409,
            "cluster_conflict",
        ),
    ] {
        let answer = surface.ask(line, TOKEN, body).await;
        assert_eq!(
            answer.failure(),
            (status, code.to_owned()),
            "{line}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_node_alone_agrees_with_itself() {
    let surface = Surface::open().await;
    let compared = surface.ask("POST /v1/cluster/compare", TOKEN, "").await;
    assert_eq!(compared.status, 200, "{compared:?}");
    let compared = compared.json();
    let groups = compared["groups"].as_array().unwrap();
    assert!(
        groups.iter().all(|group| group["agrees"] == true),
        "{compared}"
    );
}

#[tokio::test]
async fn a_node_that_is_about_to_stop_wants_no_more_and_answers_all_the_same() {
    let surface = Surface::open().await;
    assert_eq!(surface.get("/health/ready").await.status, 200);
    surface.node.hand_over().await;
    let ready = surface.get("/health/ready").await;
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.headers.contains_key("retry-after"), "{ready:?}");
    assert!(ready.text.contains("about to stop"), "{ready:?}");
    assert_eq!(ready.json()["writable"], true, "{ready:?}");
    assert_eq!(surface.get("/v1/cluster").await.status, 200);
}
