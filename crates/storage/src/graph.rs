//! The identity graph of a workspace, read from its rows.

use acquaint_identity::{Reader, RowKey, RowPrefix, RowValue};
use acquaint_profile::WorkspaceId;

use crate::{Error, GroupId, Key, KeyRange, Order, Read, row::IdentityRow};

/// Reads the identity graph of one workspace through a view or a batch.
pub struct Graph<'a, R> {
    rows: &'a R,
    group: GroupId,
    workspace: WorkspaceId,
}

impl<'a, R: Read> Graph<'a, R> {
    /// The graph of a workspace in the identity group that it lives in.
    pub fn new(rows: &'a R, group: GroupId, workspace: WorkspaceId) -> Self {
        Self {
            rows,
            group,
            workspace,
        }
    }

    fn key(&self, row: &RowKey) -> Key {
        Key::Identity {
            group: self.group,
            workspace: self.workspace,
            row: *row,
        }
    }
}

impl<R: Read> Reader for Graph<'_, R> {
    type Error = Error;

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, Error> {
        Ok(self
            .rows
            .get(&self.key(key))?
            .map(|IdentityRow(value)| value))
    }

    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, Error> {
        let mut range = KeyRange::identity(self.group, self.workspace, prefix);
        if let Some(after) = after {
            range = range.after(&self.key(after));
        }
        let mut rows = Vec::new();
        for (key, IdentityRow(value)) in self.rows.scan(&range, Order::Ascending, limit)? {
            if let Key::Identity { row, .. } = key {
                rows.push((row, value));
            }
        }
        Ok(rows)
    }
}
