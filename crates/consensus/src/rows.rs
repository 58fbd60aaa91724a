//! Between openraft's types and the rows that storage keeps.
//!
//! The rows are types of our own, so that bytes on disk do not change with the library.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use acquaint_storage::codec::{self, Stored};
use bytes::Bytes;
use openraft::BasicNode;
use openraft::vote::RaftLeaderId;
use serde::{Deserialize, Serialize};

use crate::type_config::{
    Command, LeaderId, LogEntry, LogId, Membership, Payload, StoredMembership, Vote,
};

/// The place of an entry: the leader that wrote it, and its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PositionRow {
    term: u64,
    node: u64,
    index: u64,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct EntryRow {
    position: PositionRow,
    payload: PayloadRow,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum PayloadRow {
    /// Nothing: the first entry of a new leader.
    Blank,
    /// A command of the group's machine.
    Command(Bytes),
    /// Who the voters and learners are from here on.
    Members(MembersRow),
}

/// The voters and learners of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct MembersRow {
    /// One set of voters, or two while the membership changes.
    voters: Vec<BTreeSet<u64>>,
    /// The address of every voter and learner.
    addresses: BTreeMap<u64, String>,
}

/// The members that a state was applied with, and the entry that named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MembershipRow {
    position: Option<PositionRow>,
    members: MembersRow,
}

/// What a node has promised in the elections of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct VoteRow {
    term: u64,
    node: u64,
    committed: bool,
}

impl Stored for PositionRow {
    const NAME: &'static str = "PositionRow";
    const VERSION: u8 = 1;
}

impl Stored for EntryRow {
    const NAME: &'static str = "EntryRow";
    const VERSION: u8 = 1;
}

impl Stored for MembershipRow {
    const NAME: &'static str = "MembershipRow";
    const VERSION: u8 = 1;
}

impl Stored for VoteRow {
    const NAME: &'static str = "VoteRow";
    const VERSION: u8 = 1;
}

/// The error of a row that cannot be what it should be.
pub(crate) fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

pub(crate) fn encode_log_id(id: LogId) -> Vec<u8> {
    codec::encode(&PositionRow::from(id))
}

pub(crate) fn decode_log_id(bytes: &[u8]) -> io::Result<LogId> {
    let row: PositionRow = codec::decode(bytes).map_err(damaged)?;
    Ok(row.into())
}

pub(crate) fn encode_vote(vote: &Vote) -> Vec<u8> {
    codec::encode(&VoteRow {
        term: vote.leader_id.term,
        node: vote.leader_id.node_id,
        committed: vote.committed,
    })
}

pub(crate) fn decode_vote(bytes: &[u8]) -> io::Result<Vote> {
    let row: VoteRow = codec::decode(bytes).map_err(damaged)?;
    Ok(if row.committed {
        Vote::new_committed(row.term, row.node)
    } else {
        Vote::new(row.term, row.node)
    })
}

pub(crate) fn encode_entry(entry: &LogEntry) -> Vec<u8> {
    let payload = match &entry.payload {
        Payload::Blank => PayloadRow::Blank,
        Payload::Normal(command) => PayloadRow::Command(command.0.clone()),
        Payload::Membership(membership) => PayloadRow::Members(membership.into()),
    };
    codec::encode(&EntryRow {
        position: entry.log_id.into(),
        payload,
    })
}

pub(crate) fn decode_entry(bytes: &[u8]) -> io::Result<LogEntry> {
    let row: EntryRow = codec::decode(bytes).map_err(damaged)?;
    let payload = match row.payload {
        PayloadRow::Blank => Payload::Blank,
        PayloadRow::Command(command) => Payload::Normal(Command(command)),
        PayloadRow::Members(members) => Payload::Membership(members.try_into()?),
    };
    Ok(LogEntry {
        log_id: row.position.into(),
        payload,
    })
}

pub(crate) fn encode_membership(membership: &StoredMembership) -> Vec<u8> {
    codec::encode(&MembershipRow {
        position: membership.log_id().map(PositionRow::from),
        members: membership.membership().into(),
    })
}

pub(crate) fn decode_membership(bytes: &[u8]) -> io::Result<StoredMembership> {
    let row: MembershipRow = codec::decode(bytes).map_err(damaged)?;
    Ok(StoredMembership::new(
        row.position.map(LogId::from),
        row.members.try_into()?,
    ))
}

/// How many bytes of memory an entry holds, about.
pub(crate) fn entry_bytes(entry: &LogEntry) -> u64 {
    const OVERHEAD: u64 = 128;
    match &entry.payload {
        Payload::Normal(command) => OVERHEAD + command.0.len() as u64,
        Payload::Blank | Payload::Membership(_) => OVERHEAD,
    }
}

impl From<LogId> for PositionRow {
    fn from(id: LogId) -> Self {
        PositionRow {
            term: id.leader_id.term,
            node: id.leader_id.node_id,
            index: id.index,
        }
    }
}

impl From<PositionRow> for LogId {
    fn from(row: PositionRow) -> Self {
        LogId::new(LeaderId::new(row.term, row.node), row.index)
    }
}

impl From<&Membership> for MembersRow {
    fn from(membership: &Membership) -> Self {
        let address = |(id, node): (&u64, &BasicNode)| (*id, node.addr.clone());
        MembersRow {
            voters: membership.get_joint_config().clone(),
            addresses: membership.nodes().map(address).collect(),
        }
    }
}

impl TryFrom<MembersRow> for Membership {
    type Error = io::Error;

    fn try_from(row: MembersRow) -> io::Result<Self> {
        if row.voters.is_empty() {
            return Ok(Membership::default());
        }
        let node = |(id, address)| (id, BasicNode::new(address));
        let nodes: BTreeMap<u64, BasicNode> = row.addresses.into_iter().map(node).collect();
        Membership::new(row.voters, nodes).map_err(damaged)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(term: u64, index: u64) -> LogId {
        LogId::new(LeaderId::new(term, 2), index)
    }

    fn membership() -> Membership {
        let nodes = BTreeMap::from([(1, BasicNode::new("a:1")), (300, BasicNode::new(""))]);
        Membership::new(vec![BTreeSet::from([1])], nodes).unwrap()
    }

    /// These bytes are on disks: a failure here means a new version, never new bytes.
    #[test]
    fn the_bytes_are_frozen() {
        const HEAD: [u8; 2] = [1, 0]; // version, key id
        const MEMBERS: [u8; 14] = [
            1, 1, 1, // one set with one voter, node 1
            2, 1, 3, b'a', b':', b'1', // two addresses: that of node 1
            251, 44, 1, 0, 0, // and that of node 300
        ];
        let frozen = |parts: &[&[u8]]| parts.concat();
        let entry = |payload| LogEntry {
            log_id: id(7, 41),
            payload,
        };
        assert_eq!(encode_log_id(id(7, 41)), frozen(&[&HEAD, &[7, 2, 41]]));
        assert_eq!(encode_vote(&Vote::new(7, 2)), frozen(&[&HEAD, &[7, 2, 0]]));
        assert_eq!(
            encode_entry(&entry(Payload::Blank)),
            frozen(&[&HEAD, &[7, 2, 41, 0]])
        );
        assert_eq!(
            encode_entry(&entry(Payload::Normal(Command(Bytes::from_static(b"ab"))))),
            frozen(&[&HEAD, &[7, 2, 41, 1, 2, b'a', b'b']])
        );
        assert_eq!(
            encode_entry(&entry(Payload::Membership(membership()))),
            frozen(&[&HEAD, &[7, 2, 41, 2], &MEMBERS[..13]])
        );
        let stored = StoredMembership::new(Some(id(7, 41)), membership());
        assert_eq!(
            encode_membership(&stored),
            frozen(&[&HEAD, &[1, 7, 2, 41], &MEMBERS[..13]])
        );
    }

    #[test]
    fn everything_survives_the_way_through_rows() {
        for payload in [
            Payload::Blank,
            Payload::Normal(Command(Bytes::from_static(b"command"))),
            Payload::Membership(membership()),
            Payload::Membership(Membership::default()),
        ] {
            let entry = LogEntry {
                log_id: id(7, 41),
                payload,
            };
            assert_eq!(decode_entry(&encode_entry(&entry)).unwrap(), entry);
        }
        for vote in [Vote::new(3, 1), Vote::new_committed(3, 1)] {
            assert_eq!(decode_vote(&encode_vote(&vote)).unwrap(), vote);
        }
        for stored in [
            StoredMembership::default(),
            StoredMembership::new(Some(id(1, 0)), membership()),
        ] {
            let bytes = encode_membership(&stored);
            assert_eq!(decode_membership(&bytes).unwrap(), stored);
        }
        assert_eq!(decode_log_id(&encode_log_id(id(9, 8))).unwrap(), id(9, 8));
    }
}
