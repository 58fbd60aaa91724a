//! The calls of operators of a cluster.

use reqwest::Method;

use crate::cluster::{
    AdmissionBody, AdmitBody, ClusterBody, ComparisonsBody, DrainBody, TransferBody,
};
use crate::{Client, ClientError};

impl Client {
    /// The cluster as the node sees it.
    pub async fn cluster(&self) -> Result<ClusterBody, ClientError> {
        self.read(self.authorised(Method::GET, &["v1", "cluster"]))
            .await
    }

    /// Has the node form a cluster of which it is the only member.
    pub async fn form_cluster(&self) -> Result<(), ClientError> {
        let post = self.authorised(Method::POST, &["v1", "cluster", "init"]);
        self.call(post).await?;
        Ok(())
    }

    /// Has the node become the one that a cluster has admitted.
    pub async fn join_cluster(&self, admission: &AdmissionBody) -> Result<(), ClientError> {
        let post = self.authorised(Method::POST, &["v1", "cluster", "join"]);
        self.call(post.json(admission)).await?;
        Ok(())
    }

    /// Gives a new node a number, and what it needs to join.
    pub async fn admit_node(&self, node: &AdmitBody) -> Result<AdmissionBody, ClientError> {
        let post = self.authorised(Method::POST, &["v1", "cluster", "nodes"]);
        self.read(post.json(node)).await
    }

    /// Begins to send everything to a node that was admitted.
    pub async fn add_learner(&self, node: u64) -> Result<(), ClientError> {
        self.tell_node(node, "add-learner").await
    }

    /// Gives a learner that has caught up its vote.
    pub async fn promote_node(&self, node: u64) -> Result<(), ClientError> {
        self.tell_node(node, "promote").await
    }

    /// Takes a node out of the cluster for ever.
    pub async fn remove_node(&self, node: u64) -> Result<(), ClientError> {
        let path = ["v1", "cluster", "nodes", &node.to_string()];
        self.call(self.authorised(Method::DELETE, &path)).await?;
        Ok(())
    }

    /// Has a node lead no group, or lead again.
    pub async fn drain_node(&self, node: u64, draining: bool) -> Result<(), ClientError> {
        let path = ["v1", "cluster", "nodes", &node.to_string(), "drain"];
        let post = self.authorised(Method::POST, &path);
        self.call(post.json(&DrainBody { draining })).await?;
        Ok(())
    }

    /// Has a node lead a group.
    pub async fn transfer_leader(&self, group: &str, to: u64) -> Result<(), ClientError> {
        let path = ["v1", "cluster", "groups", group, "transfer-leader"];
        let post = self.authorised(Method::POST, &path);
        self.call(post.json(&TransferBody { to })).await?;
        Ok(())
    }

    /// Compares the replicas of each group.
    pub async fn compare_states(&self) -> Result<ComparisonsBody, ClientError> {
        self.read(self.authorised(Method::POST, &["v1", "cluster", "compare"]))
            .await
    }

    async fn tell_node(&self, node: u64, what: &str) -> Result<(), ClientError> {
        let path = ["v1", "cluster", "nodes", &node.to_string(), what];
        self.call(self.authorised(Method::POST, &path)).await?;
        Ok(())
    }
}
