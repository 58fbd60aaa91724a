//! `acquaint cluster status`: the nodes and the groups as one node sees them.

use acquaint_api::cluster::{ClusterBody, NodeBody, ReplicaBody};
use clap::Args;

use super::columns;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, grouped, harmless};

#[derive(Debug, Args)]
pub(super) struct Status {
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn status(arguments: Status) -> anyhow::Result<Exit> {
    let cluster = arguments.connection.client()?.cluster().await?;
    match arguments.json {
        true => output::print_json(&cluster)?,
        false => output::print(&text(&cluster))?,
    }
    Ok(Exit::Success)
}

fn text(cluster: &ClusterBody) -> String {
    let Some(id) = &cluster.cluster else {
        return unformed(cluster);
    };
    let ready = if cluster.ready { "ready" } else { "not ready" };
    let node = cluster.node.map_or("?".to_owned(), |node| node.to_string());
    let mut text = format!(
        "cluster {id}, as node {node} ({ready}) sees it; commands of version {}\n",
        cluster.commands
    );
    for problem in &cluster.problems {
        text.push_str(&format!("! {}\n", harmless(problem)));
    }
    text.push('\n');
    text.push_str(&nodes(cluster));
    text.push('\n');
    text.push_str(&groups(cluster));
    text
}

fn unformed(cluster: &ClusterBody) -> String {
    let address = cluster.http_address.as_deref().unwrap_or("<this node>");
    format!(
        "this node belongs to no cluster yet; either\n  \
         acquaint cluster init --url {address}    (a new cluster), or\n  \
         acquaint cluster join --url {address} --member http://<a member>\n"
    )
}

fn nodes(cluster: &ClusterBody) -> String {
    let heading = [
        "node",
        "role",
        "leads",
        "caught up",
        "heard of",
        "program",
        "peer address",
        "http address",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let row = |node: &NodeBody| {
        let is_this = cluster.node == Some(node.node);
        let role = node.role.as_str();
        let drained = if node.draining { " (draining)" } else { "" };
        vec![
            node.node.to_string(),
            format!("{role}{drained}"),
            node.leads.to_string(),
            match node.caught_up {
                Some(true) => "yes",
                Some(false) => "no",
                None => "",
            }
            .to_owned(),
            match (is_this, node.silent_ms) {
                (true, _) => "this node".to_owned(),
                (false, Some(silent_ms)) => ago(silent_ms),
                (false, None) => String::new(),
            },
            harmless(&node.program),
            harmless(&node.peer_address),
            harmless(&node.http_address),
        ]
    };
    rows.extend(cluster.nodes.iter().map(row));
    columns::aligned(&rows)
}

fn groups(cluster: &ClusterBody) -> String {
    let heading = [
        "group",
        "leader",
        "this node",
        "term",
        "applied",
        "behind",
        "voters",
        "learners",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let row = |replica: &ReplicaBody| {
        let behind = |applied: u64| Some(replica.committed?.saturating_sub(applied));
        vec![
            replica.group.clone(),
            replica
                .leader
                .map_or("none".to_owned(), |leader| leader.to_string()),
            replica.role.clone(),
            replica.term.to_string(),
            number(replica.applied),
            number(replica.applied.and_then(behind)),
            list(&replica.voters),
            list(&replica.learners),
        ]
    };
    rows.extend(cluster.groups.iter().map(row));
    columns::aligned(&rows)
}

fn number(number: Option<u64>) -> String {
    number.map(grouped).unwrap_or_default()
}

fn list(nodes: &[u64]) -> String {
    let nodes: Vec<String> = nodes.iter().map(u64::to_string).collect();
    nodes.join(",")
}

fn ago(silent_ms: u64) -> String {
    match silent_ms {
        0..10_000 => format!("{} ms ago", grouped(silent_ms)),
        _ => format!("{} s ago", grouped(silent_ms / 1_000)),
    }
}

#[cfg(test)]
mod tests {
    use acquaint_api::cluster::NodeRole;

    use super::*;

    fn node(number: u64, role: NodeRole) -> NodeBody {
        NodeBody {
            node: number,
            peer_address: format!("n{number}:7400"),
            http_address: format!("http://n{number}:8080"),
            program: "1.0.0".to_owned(),
            role,
            draining: number == 2,
            leads: 3 - u32::try_from(number).unwrap_or(3),
            caught_up: Some(number < 3),
            silent_ms: Some(number * 6_000),
        }
    }

    fn cluster() -> ClusterBody {
        ClusterBody {
            cluster: Some("c0ffee".to_owned()),
            node: Some(1),
            peer_address: None,
            http_address: None,
            program: "1.0.0".to_owned(),
            formed: true,
            ready: true,
            commands: 7,
            problems: vec!["node 3 is silent".to_owned()],
            nodes: vec![
                node(1, NodeRole::Voter),
                node(2, NodeRole::Voter),
                node(3, NodeRole::Learner),
            ],
            groups: vec![ReplicaBody {
                group: "identity-0".to_owned(),
                role: "leader".to_owned(),
                leader: Some(1),
                term: 4,
                last_log: Some(1_205),
                committed: Some(1_204),
                applied: Some(1_200),
                purged: None,
                voters: vec![1, 2],
                learners: vec![3],
                in_flight_bytes: 0,
                followers: Vec::new(),
                digest: None,
            }],
        }
    }

    #[test]
    fn a_cluster_is_two_tables() {
        let expected = "\
cluster c0ffee, as node 1 (ready) sees it; commands of version 7
! node 3 is silent

node  role              leads  caught up  heard of   program  peer address  http address
1     voter             2      yes        this node  1.0.0    n1:7400       http://n1:8080
2     voter (draining)  1      yes        12 s ago   1.0.0    n2:7400       http://n2:8080
3     learner           0      no         18 s ago   1.0.0    n3:7400       http://n3:8080

group       leader  this node  term  applied  behind  voters  learners
identity-0  1       leader     4     1,200    4       1,2     3
";
        assert_eq!(text(&cluster()), expected);
    }

    #[test]
    fn who_belongs_to_no_cluster_is_told_what_to_do() {
        let alone = ClusterBody {
            cluster: None,
            http_address: Some("http://n1:8080".to_owned()),
            problems: Vec::new(),
            ..cluster()
        };
        let text = text(&alone);
        assert!(text.contains("cluster init --url http://n1:8080"), "{text}");
        assert!(text.contains("cluster join --url http://n1:8080"), "{text}");
    }
}
