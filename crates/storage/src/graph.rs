//! The identity graph of a workspace under the rules of an epoch: read from its rows, and written.

use std::collections::BTreeMap;

use acquaint_identity::{Reader, RowKey, RowPrefix, RowValue};
use acquaint_profile::WorkspaceId;

use crate::{Batch, Error, GroupId, Key, KeyRange, Order, Read, row::IdentityRow};

/// Where an identity graph stands: the rows of one epoch, with the inputs that all epochs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The group that keeps it.
    pub group: GroupId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The epoch of its rules.
    pub epoch: u32,
}

impl Place {
    /// The key of a row.
    pub fn key(&self, row: RowKey) -> Key {
        Key::identity(self.group, self.workspace, self.epoch, row)
    }

    /// Puts rows, or deletes them where the value is absent.
    pub fn write(&self, rows: BTreeMap<RowKey, Option<RowValue>>, batch: &mut Batch<'_>) {
        for (row, value) in rows {
            match value {
                Some(value) => batch.put(&self.key(row), &IdentityRow(value)),
                None => batch.delete(&self.key(row)),
            }
        }
    }
}

/// Reads the identity graph of one workspace through a view or a batch.
pub struct Graph<'a, R> {
    rows: &'a R,
    place: Place,
}

impl<'a, R: Read> Graph<'a, R> {
    /// The graph that stands at this place.
    pub fn new(rows: &'a R, place: Place) -> Self {
        Self { rows, place }
    }
}

impl<R: Read> Reader for Graph<'_, R> {
    type Error = Error;

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, Error> {
        Ok(self
            .rows
            .get(&self.place.key(*key))?
            .map(|IdentityRow(value)| value))
    }

    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, Error> {
        let Place {
            group,
            workspace,
            epoch,
        } = self.place;
        let mut range = KeyRange::identity(group, workspace, epoch, prefix);
        if let Some(after) = after {
            range = range.after(&self.place.key(*after));
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
