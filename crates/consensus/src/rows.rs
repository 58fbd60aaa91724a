//! Between openraft's types and the rows that storage keeps.
//!
//! The rows are storage's, so that bytes on disk do not change with the library and `acquaint inspect` can print them.

use std::collections::BTreeMap;
use std::io;

use acquaint_storage::codec;
use acquaint_storage::row::{
    EntryRow, MembersRow, MembershipRow, PayloadRow, PositionRow, VoteRow,
};
use openraft::BasicNode;
use openraft::vote::RaftLeaderId;

use crate::type_config::{
    Command, LeaderId, LogEntry, LogId, Membership, Payload, StoredMembership, Vote,
};

/// The error of a row that cannot be what it should be.
pub(crate) fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

pub(crate) fn encode_log_id(id: LogId) -> Vec<u8> {
    codec::encode(&position(id))
}

pub(crate) fn decode_log_id(bytes: &[u8]) -> io::Result<LogId> {
    codec::decode(bytes).map(log_id).map_err(damaged)
}

pub(crate) fn encode_vote(vote: &Vote) -> Vec<u8> {
    codec::encode(&vote_row(vote))
}

pub(crate) fn vote_row(vote: &Vote) -> VoteRow {
    VoteRow {
        term: vote.leader_id.term,
        node: vote.leader_id.node_id,
        committed: vote.committed,
    }
}

pub(crate) fn decode_vote(bytes: &[u8]) -> io::Result<Vote> {
    codec::decode(bytes).map(vote).map_err(damaged)
}

pub(crate) fn vote(row: VoteRow) -> Vote {
    if row.committed {
        Vote::new_committed(row.term, row.node)
    } else {
        Vote::new(row.term, row.node)
    }
}

pub(crate) fn encode_entry(entry: &LogEntry) -> Vec<u8> {
    codec::encode(&entry_row(entry))
}

pub(crate) fn entry_row(entry: &LogEntry) -> EntryRow {
    let payload = match &entry.payload {
        Payload::Blank => PayloadRow::Blank,
        Payload::Normal(command) => PayloadRow::Command(command.0.clone()),
        Payload::Membership(membership) => PayloadRow::Members(members_row(membership)),
    };
    EntryRow {
        position: position(entry.log_id),
        payload,
    }
}

pub(crate) fn decode_entry(bytes: &[u8]) -> io::Result<LogEntry> {
    entry(codec::decode(bytes).map_err(damaged)?)
}

pub(crate) fn entry(row: EntryRow) -> io::Result<LogEntry> {
    let payload = match row.payload {
        PayloadRow::Blank => Payload::Blank,
        PayloadRow::Command(command) => Payload::Normal(Command(command)),
        PayloadRow::Members(row) => Payload::Membership(members(row)?),
    };
    Ok(LogEntry {
        log_id: log_id(row.position),
        payload,
    })
}

pub(crate) fn encode_membership(membership: &StoredMembership) -> Vec<u8> {
    codec::encode(&MembershipRow {
        position: membership.log_id().map(position),
        members: members_row(membership.membership()),
    })
}

pub(crate) fn decode_membership(bytes: &[u8]) -> io::Result<StoredMembership> {
    let row: MembershipRow = codec::decode(bytes).map_err(damaged)?;
    Ok(StoredMembership::new(
        row.position.map(log_id),
        members(row.members)?,
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

pub(crate) fn position(id: LogId) -> PositionRow {
    PositionRow {
        term: id.leader_id.term,
        node: id.leader_id.node_id,
        index: id.index,
    }
}

pub(crate) fn log_id(row: PositionRow) -> LogId {
    LogId::new(LeaderId::new(row.term, row.node), row.index)
}

fn members_row(membership: &Membership) -> MembersRow {
    let address = |(id, node): (&u64, &BasicNode)| (*id, node.addr.clone());
    MembersRow {
        voters: membership.get_joint_config().clone(),
        addresses: membership.nodes().map(address).collect(),
    }
}

fn members(row: MembersRow) -> io::Result<Membership> {
    if row.voters.is_empty() {
        return Ok(Membership::default());
    }
    let node = |(id, address)| (id, BasicNode::new(address));
    let nodes: BTreeMap<u64, BasicNode> = row.addresses.into_iter().map(node).collect();
    Membership::new(row.voters, nodes).map_err(damaged)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use bytes::Bytes;

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
