//! One number for a whole partition: equal digests mean equal rows, byte for byte.
//!
//! - It covers the rows of nodes, profiles, members and attributions: who is whose, on which days, and every count that
//!   the rules look at. Evidence and facts are what the partition is computed from, and have no part in it.
//! - The rows are read from wherever they are, so that what a node has stored is compared with what is computed in memory.

use acquaint_identity::{Reader, RowKey, RowPrefix, RowValue};
use sha2::{Digest, Sha256};

use crate::{codec, row::IdentityRow};

/// Rows that are read at once.
const ROWS: usize = 1_024;

/// The digest of a partition, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionDigest {
    /// SHA-256 over the rows in order of key.
    pub digest: [u8; 32],
    /// Rows of nodes.
    pub nodes: u64,
    /// Rows of profiles.
    pub profiles: u64,
    /// Whether work is pending: then the partition is not yet what the evidence says.
    pub pending: bool,
}

impl PartitionDigest {
    /// Reads all nodes, all profiles, what each node holds, and who has which strand.
    pub fn of<R: Reader>(reader: &R) -> Result<Self, R::Error> {
        let mut hash = Sha256::new();
        let [nodes, profiles, _, _] = [
            add_all(&mut hash, reader, &RowPrefix::Nodes)?,
            add_all(&mut hash, reader, &RowPrefix::Profiles)?,
            add_all(&mut hash, reader, &RowPrefix::AllMembers)?,
            add_all(&mut hash, reader, &RowPrefix::Attributions)?,
        ];
        let pending = !reader.scan(&RowPrefix::Pending, None, 1)?.is_empty();
        Ok(Self {
            digest: hash.finalize().into(),
            nodes,
            profiles,
            pending,
        })
    }
}

/// Adds the rows of a range in order of key, and says how many there are.
fn add_all<R: Reader>(hash: &mut Sha256, reader: &R, prefix: &RowPrefix) -> Result<u64, R::Error> {
    let mut after: Option<RowKey> = None;
    let mut count = 0;
    loop {
        let rows: Vec<(RowKey, RowValue)> = reader.scan(prefix, after.as_ref(), ROWS)?;
        let full = rows.len() == ROWS;
        count += rows.len() as u64;
        for (key, value) in rows {
            add(hash, &key, value);
            after = Some(key);
        }
        if !full {
            return Ok(count);
        }
    }
}

/// A value says its length itself; a key in words ends where its value begins.
fn add(hash: &mut Sha256, key: &RowKey, value: RowValue) {
    hash.update(format!("{key:?}\n").as_bytes());
    hash.update(codec::encode(&IdentityRow(value)));
}
