//! A network of the test's own: a namespace for each node, joined by a bridge, and cuts between them.
//!
//! ```text
//!   test (10.77.0.254) ── bridge ─┬─ node 0 (10.77.0.1)
//!                                 ├─ node 1 (10.77.0.2)
//!                                 └─ node 2 (10.77.0.3)
//! ```
//!
//! - A cut has a direction: packets of one node to another are dropped where they arrive. The test reaches every node always,
//!   as clients do that are on the side of a node that is cut off.
//! - All of it lives in namespaces of the thread that made it ([`crate::isolated`]) and goes with them.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use crate::Place;

/// The address of the test, and its network.
const TEST: &str = "10.77.0.254/24";
const HTTP_PORT: u16 = 8080;
const PEER_PORT: u16 = 8090;

/// The network of a test's nodes.
#[derive(Debug)]
pub struct Network {
    nodes: u8,
}

impl Network {
    /// Makes one. The caller has a network of its own ([`crate::isolated`]).
    pub fn new(nodes: u8) -> Self {
        run("ip", "link add bridge type bridge");
        run("ip", &format!("addr add {TEST} dev bridge"));
        run("ip", "link set bridge up");
        let network = Self { nodes };
        for node in 0..nodes {
            let (space, address) = (space(node), network.address(node));
            run("ip", &format!("netns add {space}"));
            run(
                "ip",
                &format!("link add to-{space} type veth peer name eth0 netns {space}"),
            );
            run("ip", &format!("link set to-{space} master bridge up"));
            run("ip", &format!("-n {space} addr add {address}/24 dev eth0"));
            run("ip", &format!("-n {space} link set eth0 up"));
            run("ip", &format!("-n {space} link set lo up"));
            in_space(node, "nft add table inet cuts");
            in_space(
                node,
                "nft add chain inet cuts arriving { type filter hook input priority 0 ; }",
            );
        }
        network
    }

    /// Where a node's server runs.
    pub fn place(&self, node: u8) -> Place {
        Place {
            address: SocketAddr::from((self.address(node), HTTP_PORT)),
            peer_address: Some(SocketAddr::from((self.address(node), PEER_PORT))),
            space: Some(space(node)),
            environment: Vec::new(),
        }
    }

    /// Nothing that `from` sends arrives at `to` from now on.
    pub fn cut(&self, from: u8, to: u8) {
        let address = self.address(from);
        in_space(
            to,
            &format!("nft add rule inet cuts arriving ip saddr {address} drop"),
        );
    }

    /// Everything arrives again.
    pub fn heal(&self) {
        for node in 0..self.nodes {
            in_space(node, "nft flush chain inet cuts arriving");
        }
    }

    fn address(&self, node: u8) -> Ipv4Addr {
        assert!(node < self.nodes, "there is no node {node}");
        Ipv4Addr::new(10, 77, 0, node + 1)
    }
}

fn space(node: u8) -> String {
    format!("node-{node}")
}

fn in_space(node: u8, command: &str) {
    run("ip", &format!("netns exec {} {command}", space(node)));
}

fn run(program: &str, arguments: &str) {
    let output = Command::new(program)
        .args(arguments.split_whitespace())
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
