//! What a node's partition is computed from, read as it streams.

use acquaint_api::Client;
use acquaint_api::profiles::{EvidenceLine, PartitionBody};
use acquaint_identity::{Evidence, Fact, Rules};
use anyhow::Context;

use super::lines::each_line;

/// Everything that decides about a partition, and the partition that the node has.
#[derive(Debug)]
pub(super) struct LiveEvidence {
    pub(super) rules: Rules,
    /// Those in force.
    pub(super) facts: Vec<Fact>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) partition: PartitionBody,
}

impl LiveEvidence {
    /// Asks a node.
    pub(super) async fn fetch(client: &Client) -> anyhow::Result<Self> {
        let mut lines = Lines::default();
        each_line(client.evidence().await?, |line| lines.take(line)).await?;
        lines.whole()
    }
}

#[derive(Default)]
struct Lines {
    rules: Option<Rules>,
    facts: Vec<Fact>,
    evidence: Vec<Evidence>,
    partition: Option<PartitionBody>,
}

impl Lines {
    fn take(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let not_understood = "the node's evidence is not understood; is it of another version?";
        let line: EvidenceLine = serde_json::from_slice(line).context(not_understood)?;
        match line {
            EvidenceLine::Rules(rules) => {
                self.rules = Some(serde_json::from_value(rules).context(not_understood)?);
            }
            EvidenceLine::Fact(fact) => {
                let fact = serde_json::from_value(fact).context(not_understood)?;
                self.facts.push(fact);
            }
            EvidenceLine::Evidence(evidence) => {
                let evidence = serde_json::from_value(evidence).context(not_understood)?;
                self.evidence.push(evidence);
            }
            EvidenceLine::Partition(partition) => self.partition = Some(partition),
        }
        Ok(())
    }

    /// The partition comes last, so with it nothing is missing.
    fn whole(self) -> anyhow::Result<LiveEvidence> {
        Ok(LiveEvidence {
            rules: self.rules.context("the node told no rules")?,
            facts: self.facts,
            evidence: self.evidence,
            partition: self.partition.context("the evidence ended too early")?,
        })
    }
}
