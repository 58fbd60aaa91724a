//! The cluster: its nodes, its groups, who becomes a member.
//!
//! A node that belongs to no cluster yet answers `init` and `join` elsewhere, see `unformed`.

use acquaint_api::cluster::{
    AdmissionBody, AdmitBody, ClusterBody, ComparisonsBody, DrainBody, TransferBody,
};
use acquaint_api::{ErrorBody, ErrorCode};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::app::App;
use crate::extract::{self, Segment};
use crate::failure::Failure;

/// The cluster as the node sees it. A node that belongs to none says so, and where it is reached.
#[utoipa::path(
    get,
    path = "/v1/cluster",
    operation_id = "see_cluster",
    tag = "cluster",
    responses((status = 200, description = "Its nodes, and the replicas on the node that answers.", body = ClusterBody)),
)]
pub(crate) async fn see(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<ClusterBody>, Failure> {
    app.operator(&headers)?;
    Ok(Json(app.node.cluster()?))
}

/// Form a cluster of which the node is the only member. It serves soon after the answer.
#[utoipa::path(
    post,
    path = "/v1/cluster/init",
    operation_id = "form_cluster",
    tag = "cluster",
    responses(
        (status = 204, description = "It is formed."),
        (status = 409, description = "The node belongs to a cluster.", body = ErrorBody),
    ),
)]
pub(crate) async fn init(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    app.operator(&headers)?;
    Err(formed(&app)?)
}

/// Become the node that a cluster has admitted. The node serves once it has the registry of the cluster.
#[utoipa::path(
    post,
    path = "/v1/cluster/join",
    operation_id = "join_cluster",
    tag = "cluster",
    request_body = AdmissionBody,
    responses(
        (status = 204, description = "It is a node of the cluster."),
        (status = 409, description = "The node belongs to a cluster.", body = ErrorBody),
    ),
)]
pub(crate) async fn join(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    app.operator(&headers)?;
    Err(formed(&app)?)
}

fn formed(app: &App) -> Result<Failure, Failure> {
    let cluster = app.node.cluster()?;
    let message = format!(
        "this is node {} of cluster {} already; a node with an empty data directory can form a cluster or join one",
        cluster.node.unwrap_or_default(),
        cluster.cluster.unwrap_or_default(),
    );
    Ok(Failure::new(ErrorCode::ClusterConflict, message))
}

/// Admit a new node: it gets a number that no node had before, and what it needs to join.
#[utoipa::path(
    post,
    path = "/v1/cluster/nodes",
    operation_id = "admit_node",
    tag = "cluster",
    request_body = AdmitBody,
    responses(
        (status = 201, description = "Give this to the new node, as the body of `join`.", body = AdmissionBody),
        (status = 400, description = "An address is wrong.", body = ErrorBody),
        (status = 409, description = "Another node has one of the addresses.", body = ErrorBody),
    ),
)]
pub(crate) async fn admit(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<AdmissionBody>), Failure> {
    app.operator(&headers)?;
    let request: AdmitBody = extract::json(&app, &headers, body).await?;
    let admission = app.node.admit_node(request).await?;
    Ok((StatusCode::CREATED, Json(admission)))
}

/// Send everything to a node that was admitted, without a vote.
#[utoipa::path(
    post,
    path = "/v1/cluster/nodes/{node}/add-learner",
    tag = "cluster",
    params(("node" = u64, Path, description = "The number of the node.")),
    responses(
        (status = 204, description = "It is a learner of every group."),
        (status = 404, description = "There is no such node.", body = ErrorBody),
        (status = 409, description = "Another change is under way.", body = ErrorBody),
    ),
)]
pub(crate) async fn add_learner(
    State(app): State<App>,
    headers: HeaderMap,
    Segment(node): Segment,
) -> Result<StatusCode, Failure> {
    app.operator(&headers)?;
    app.node.add_learner(number(&node)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a learner its vote, once it has caught up.
#[utoipa::path(
    post,
    path = "/v1/cluster/nodes/{node}/promote",
    operation_id = "promote_node",
    tag = "cluster",
    params(("node" = u64, Path, description = "The number of the node.")),
    responses(
        (status = 204, description = "It votes in every group."),
        (status = 404, description = "There is no such node.", body = ErrorBody),
        (status = 409, description = "It is no learner, or has not caught up.", body = ErrorBody),
    ),
)]
pub(crate) async fn promote(
    State(app): State<App>,
    headers: HeaderMap,
    Segment(node): Segment,
) -> Result<StatusCode, Failure> {
    app.operator(&headers)?;
    app.node.promote_node(number(&node)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a node lead nothing, before it is stopped, or lead again.
#[utoipa::path(
    post,
    path = "/v1/cluster/nodes/{node}/drain",
    operation_id = "drain_node",
    tag = "cluster",
    params(("node" = u64, Path, description = "The number of the node.")),
    request_body = DrainBody,
    responses(
        (status = 204, description = "It is so; what it leads goes to others."),
        (status = 404, description = "There is no such node.", body = ErrorBody),
    ),
)]
pub(crate) async fn drain(
    State(app): State<App>,
    headers: HeaderMap,
    Segment(node): Segment,
    body: Body,
) -> Result<StatusCode, Failure> {
    app.operator(&headers)?;
    let node = number(&node)?;
    let request: DrainBody = extract::json(&app, &headers, body).await?;
    app.node.drain_node(node, request.draining).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a node out of the cluster for ever. Its number is not used again.
#[utoipa::path(
    delete,
    path = "/v1/cluster/nodes/{node}",
    operation_id = "remove_node",
    tag = "cluster",
    params(("node" = u64, Path, description = "The number of the node.")),
    responses(
        (status = 204, description = "It is no member any more."),
        (status = 404, description = "There is no such node.", body = ErrorBody),
        (status = 409, description = "It is the last voter, or another change is under way.", body = ErrorBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    headers: HeaderMap,
    Segment(node): Segment,
) -> Result<StatusCode, Failure> {
    app.operator(&headers)?;
    app.node.remove_node(number(&node)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a node lead a group.
#[utoipa::path(
    post,
    path = "/v1/cluster/groups/{group}/transfer-leader",
    tag = "cluster",
    params(("group" = String, Path, description = "`registry`, `identity-0`, `anchors-3`.")),
    request_body = TransferBody,
    responses(
        (status = 204, description = "It leads the group."),
        (status = 409, description = "There is no such group, or the node does not vote in it, or lags behind.", body = ErrorBody),
    ),
)]
pub(crate) async fn transfer_leader(
    State(app): State<App>,
    headers: HeaderMap,
    Segment(group): Segment,
    body: Body,
) -> Result<StatusCode, Failure> {
    app.operator(&headers)?;
    let request: TransferBody = extract::json(&app, &headers, body).await?;
    app.node.transfer_leader(&group, request.to).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Compare the states of all replicas of each group. One that differs from the majority is stopped.
#[utoipa::path(
    post,
    path = "/v1/cluster/compare",
    operation_id = "compare_states",
    tag = "cluster",
    responses((status = 200, description = "What each replica said.", body = ComparisonsBody)),
)]
pub(crate) async fn compare(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<ComparisonsBody>, Failure> {
    app.operator(&headers)?;
    Ok(Json(app.node.compare_states().await?))
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| {
        Failure::new(
            ErrorCode::InvalidRequest,
            "the number of a node is wanted; GET /v1/cluster lists them",
        )
    })
}
