//! The bytes of the identity graph's keys: a letter for the table, then the parts, all of fixed size.
//!
//! The letters follow the order of [`RowKey`]'s variants, so that bytes and keys have one order. Frozen.

use acquaint_identity::{
    FactId, IdentifierId, NodeId, Rank, RowKey, RowPrefix, SourceId, Stage, StrandId, TraitKind,
    ValueId,
};

use crate::key_bytes::KeyReader;

const EVIDENCE: u8 = b'a';
const SOURCE_STRAND: u8 = b'b';
const NODE_EVIDENCE: u8 = b'c';
const NODE: u8 = b'd';
const LINK: u8 = b'e';
const TRAIT: u8 = b'f';
const IDENTIFIER: u8 = b'g';
const PROFILE: u8 = b'h';
const MEMBER: u8 = b'i';
const CANDIDATE: u8 = b'j';
const FACT: u8 = b'k';
const PENDING: u8 = b'l';
const RULES: u8 = b'm';
const VIA: u8 = b'n';
const ATTRIBUTION: u8 = b'o';
const REVOKED: u8 = b'p';
const WITHHELD: u8 = b'q';
const EPOCHS: u8 = b'r';
const EXTENT: u8 = b's';
const PENDING_COUNT: u8 = b't';

const FIRST_NAME: u8 = b'f';
const BIRTH_DATE: u8 = b'g';

/// The bytes of a graph key.
pub(crate) fn encode(key: &RowKey) -> Vec<u8> {
    match key {
        RowKey::Evidence { strand, source } => join(EVIDENCE, &[&strand.0, &source.0]),
        RowKey::SourceStrand { source, strand } => join(SOURCE_STRAND, &[&source.0, &strand.0]),
        RowKey::NodeEvidence {
            node,
            strand,
            source,
        } => join(NODE_EVIDENCE, &[&node.0, &strand.0, &source.0]),
        RowKey::Node { node } => join(NODE, &[&node.0]),
        RowKey::Link {
            node,
            rank,
            neighbour,
        } => join(LINK, &[&node.0, &[rank.0], &neighbour.0]),
        RowKey::Trait { node, kind, value } => {
            let kind = match kind {
                TraitKind::FirstName => FIRST_NAME,
                TraitKind::BirthDate => BIRTH_DATE,
            };
            join(TRAIT, &[&node.0, &[kind], &value.0])
        }
        RowKey::Identifier { id } => join(IDENTIFIER, &[&id.0]),
        RowKey::Profile { root } => join(PROFILE, &[&root.0]),
        RowKey::Member {
            holder,
            node,
            id,
            strand,
        } => join(MEMBER, &[&holder.0, &node.0, &id.0, &strand.0]),
        RowKey::Candidate { node, other } => join(CANDIDATE, &[&node.0, &other.0]),
        RowKey::Fact { fact } => join(FACT, &[&fact.0]),
        RowKey::Pending { of, stage } => join(PENDING, &[of, &[stage.0]]),
        RowKey::Rules { epoch } => join(RULES, &[&epoch.to_be_bytes()]),
        RowKey::Via { node, other } => join(VIA, &[&node.0, &other.0]),
        RowKey::Attribution { strand } => join(ATTRIBUTION, &[&strand.0]),
        RowKey::Revoked { source } => join(REVOKED, &[&source.0]),
        RowKey::Withheld { source, strand } => join(WITHHELD, &[&source.0, &strand.0]),
        RowKey::Epochs => vec![EPOCHS],
        RowKey::Extent { root } => join(EXTENT, &[&root.0]),
        RowKey::PendingCount => vec![PENDING_COUNT],
    }
}

/// The bytes that every key of a range starts with.
pub(crate) fn prefix(prefix: &RowPrefix) -> Vec<u8> {
    match prefix {
        RowPrefix::Evidence => vec![EVIDENCE],
        RowPrefix::EvidenceOf(strand) => join(EVIDENCE, &[&strand.0]),
        RowPrefix::SourceStrands(source) => join(SOURCE_STRAND, &[&source.0]),
        RowPrefix::NodeEvidence(node) => join(NODE_EVIDENCE, &[&node.0]),
        RowPrefix::Nodes => vec![NODE],
        RowPrefix::Links(node) => join(LINK, &[&node.0]),
        RowPrefix::LinksTowards(node, rank) => join(LINK, &[&node.0, &[rank.0]]),
        RowPrefix::Traits(node) => join(TRAIT, &[&node.0]),
        RowPrefix::Profiles => vec![PROFILE],
        RowPrefix::AllMembers => vec![MEMBER],
        RowPrefix::Members(holder) => join(MEMBER, &[&holder.0]),
        RowPrefix::MembersOf(holder, node) => join(MEMBER, &[&holder.0, &node.0]),
        RowPrefix::Candidates(node) => join(CANDIDATE, &[&node.0]),
        RowPrefix::Facts => vec![FACT],
        RowPrefix::Pending => vec![PENDING],
        RowPrefix::PendingOf(of) => join(PENDING, &[of]),
        RowPrefix::Vias(node) => join(VIA, &[&node.0]),
        RowPrefix::Withheld(source) => join(WITHHELD, &[&source.0]),
        RowPrefix::AllWithheld => vec![WITHHELD],
        RowPrefix::Attributions => vec![ATTRIBUTION],
    }
}

/// The graph key of these bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<RowKey, &'static str> {
    let mut reader = KeyReader::new(bytes);
    let table = reader.u8()?;
    let mut part = || reader.array::<16>();
    let key = match table {
        EVIDENCE => RowKey::Evidence {
            strand: StrandId(part()?),
            source: SourceId(part()?),
        },
        SOURCE_STRAND => RowKey::SourceStrand {
            source: SourceId(part()?),
            strand: StrandId(part()?),
        },
        NODE_EVIDENCE => RowKey::NodeEvidence {
            node: NodeId(part()?),
            strand: StrandId(part()?),
            source: SourceId(part()?),
        },
        NODE => RowKey::Node {
            node: NodeId(part()?),
        },
        LINK => {
            let (node, rank) = (NodeId(reader.array()?), Rank(reader.u8()?));
            RowKey::Link {
                node,
                rank,
                neighbour: NodeId(reader.array()?),
            }
        }
        TRAIT => {
            let node = NodeId(reader.array()?);
            let kind = match reader.u8()? {
                FIRST_NAME => TraitKind::FirstName,
                BIRTH_DATE => TraitKind::BirthDate,
                _ => return Err("no such kind of trait"),
            };
            RowKey::Trait {
                node,
                kind,
                value: ValueId(reader.array()?),
            }
        }
        IDENTIFIER => RowKey::Identifier {
            id: IdentifierId(part()?),
        },
        PROFILE => RowKey::Profile {
            root: NodeId(part()?),
        },
        MEMBER => RowKey::Member {
            holder: NodeId(part()?),
            node: NodeId(part()?),
            id: IdentifierId(part()?),
            strand: StrandId(part()?),
        },
        CANDIDATE => RowKey::Candidate {
            node: NodeId(part()?),
            other: NodeId(part()?),
        },
        FACT => RowKey::Fact {
            fact: FactId(part()?),
        },
        PENDING => RowKey::Pending {
            of: part()?,
            stage: Stage(reader.u8()?),
        },
        RULES => RowKey::Rules {
            epoch: reader.u32()?,
        },
        VIA => RowKey::Via {
            node: NodeId(part()?),
            other: NodeId(part()?),
        },
        ATTRIBUTION => RowKey::Attribution {
            strand: StrandId(part()?),
        },
        REVOKED => RowKey::Revoked {
            source: SourceId(part()?),
        },
        WITHHELD => RowKey::Withheld {
            source: SourceId(part()?),
            strand: StrandId(part()?),
        },
        EPOCHS => RowKey::Epochs,
        EXTENT => RowKey::Extent {
            root: NodeId(part()?),
        },
        PENDING_COUNT => RowKey::PendingCount,
        _ => return Err("no such table of the graph"),
    };
    reader.end()?;
    Ok(key)
}

fn join(table: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![table];
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}
