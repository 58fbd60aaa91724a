//! The rows of the logs, written and read by the consensus crate.
//!
//! They mirror what a Raft library keeps, in types of our own, so that bytes on disk do not change with the library.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::stored;

/// The place of an entry: the leader that wrote it, and its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionRow {
    /// The term of the leader.
    pub term: u64,
    /// The node that led.
    pub node: u64,
    /// The index of the entry.
    pub index: u64,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// Its place.
    pub position: PositionRow,
    /// What it says.
    pub payload: PayloadRow,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayloadRow {
    /// Nothing: the first entry of a new leader.
    Blank,
    /// A command of the group's machine.
    Command(Bytes),
    /// Who the voters and learners are from here on.
    Members(MembersRow),
}

/// The voters and learners of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersRow {
    /// One set of voters, or two while the membership changes.
    pub voters: Vec<BTreeSet<u64>>,
    /// The address of every voter and learner.
    pub addresses: BTreeMap<u64, String>,
}

/// The members that a state was applied with, and the entry that named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipRow {
    /// The entry that named them; none in a group that was just made.
    pub position: Option<PositionRow>,
    /// The members.
    pub members: MembersRow,
}

/// What a node has promised in the elections of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteRow {
    /// The term.
    pub term: u64,
    /// The candidate voted for.
    pub node: u64,
    /// Whether a quorum has granted it.
    pub committed: bool,
}

stored!(PositionRow, EntryRow, MembershipRow, VoteRow);
