//! Made-up evidence for tests.

use acquaint_api::profiles::PartitionBody;
use acquaint_identity::{
    Day, Evidence, EvidenceIdentifier, IdentifierId, NodeId, Rank, Rules, Source, StrandId,
    Testimony, Trust, ValueId,
};

use super::evidence::LiveEvidence;

/// An identifier whose matching key is its value.
pub(super) fn identifier(rank: u8, value: &str) -> EvidenceIdentifier {
    let id = ValueId::of(&format!("{rank}:{value}")).0;
    EvidenceIdentifier {
        id: IdentifierId(id),
        rank: Rank(rank),
        canonical: value.to_owned(),
        node: NodeId(id),
        key: value.to_owned(),
    }
}

/// Identifiers that were seen together on some days, in a message each; the strongest first.
pub(super) fn seen(
    identifiers: &[EvidenceIdentifier],
    days: impl IntoIterator<Item = u32>,
) -> Evidence {
    let strand = StrandId(ValueId::of(&format!("{identifiers:?}")).0);
    let source = Source("web".to_owned());
    let mut state = Evidence::new(strand, source, identifiers[0].id, identifiers.to_vec());
    for day in days {
        let testimony = Testimony {
            trust: Trust::Public,
            alias: false,
            day: Day(day),
            first_name: None,
            birth_date: None,
        };
        state.hear(&testimony);
    }
    state
}

/// What a node would send, but for the digest of its partition.
pub(super) fn live(rules: Rules, evidence: Vec<Evidence>) -> LiveEvidence {
    LiveEvidence {
        rules,
        facts: Vec::new(),
        evidence,
        partition: PartitionBody {
            digest: String::new(),
            nodes: 0,
            profiles: 0,
            pending: false,
        },
    }
}
