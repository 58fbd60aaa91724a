//! One number for a whole partition: equal digests mean equal rows, byte for byte.
//!
//! - It covers the rows of nodes, profiles, members and attributions: who is whose, on which days, and every count that
//!   the rules look at. Evidence and facts are what the partition is computed from, and have no part in it.
//! - The rows are read from wherever they are, so that what a node has stored is compared with what is computed in memory.

use acquaint_identity::{Reader, RowKey, RowPrefix, RowValue, StrandId};
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
    /// Reads all nodes with what they hold, all profiles, and who has which strand.
    pub fn of<R: Reader>(reader: &R) -> Result<Self, R::Error> {
        let mut hash = Sha256::new();
        let nodes = each(reader, &RowPrefix::Nodes, |key, value| {
            add(&mut hash, &key, value);
            let RowKey::Node { node } = key else {
                return Ok(());
            };
            // Members have no range of their own: each stands under a node, so that every node is asked.
            each(reader, &RowPrefix::Members(node), |key, value| {
                add(&mut hash, &key, value);
                Ok(())
            })?;
            Ok(())
        })?;
        let profiles = each(reader, &RowPrefix::Profiles, |key, value| {
            add(&mut hash, &key, value);
            Ok(())
        })?;
        add_attributions(&mut hash, reader)?;
        let pending = !reader.scan(&RowPrefix::Pending, None, 1)?.is_empty();
        Ok(Self {
            digest: hash.finalize().into(),
            nodes,
            profiles,
            pending,
        })
    }
}

/// Attributions have no range of their own: what is attributed is a strand of the evidence. Its sources stand together.
fn add_attributions<R: Reader>(hash: &mut Sha256, reader: &R) -> Result<(), R::Error> {
    let mut last: Option<StrandId> = None;
    each(reader, &RowPrefix::Evidence, |key, _| {
        let RowKey::Evidence { strand, .. } = key else {
            return Ok(());
        };
        if last.replace(strand) == Some(strand) {
            return Ok(());
        }
        let key = RowKey::Attribution { strand };
        if let Some(value) = reader.get(&key)? {
            add(hash, &key, value);
        }
        Ok(())
    })?;
    Ok(())
}

/// Visits the rows of a range in order of key, and says how many there are.
fn each<R: Reader>(
    reader: &R,
    prefix: &RowPrefix,
    mut visit: impl FnMut(RowKey, RowValue) -> Result<(), R::Error>,
) -> Result<u64, R::Error> {
    let mut after: Option<RowKey> = None;
    let mut count = 0;
    loop {
        let rows: Vec<(RowKey, RowValue)> = reader.scan(prefix, after.as_ref(), ROWS)?;
        let full = rows.len() == ROWS;
        count += rows.len() as u64;
        for (key, value) in rows {
            visit(key, value)?;
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
