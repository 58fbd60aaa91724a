//! The rules of the workspaces of an identity group, decoded once.
//!
//! Rules hold patterns, and compiling those costs more than most commands. What is kept is keyed by the bytes of the row,
//! so it says nothing that the row does not: every replica, whatever it has kept, decides alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_identity::{RowKey, RowValue, Rules};
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::IdentityRow;
use acquaint_storage::{Batch, Error, GroupId, Key, Read, codec};
use parking_lot::Mutex;

/// The epoch of rules that a workspace begins with, and the only one in this release.
const FIRST_EPOCH: u32 = 0;

/// Where the rules of a workspace stand.
pub(crate) fn rules_key(group: GroupId, workspace: WorkspaceId) -> Key {
    Key::Identity {
        group,
        workspace,
        row: RowKey::Rules { epoch: FIRST_EPOCH },
    }
}

/// The bytes of a row, and the rules that they are.
type Decoded = (Vec<u8>, Arc<Rules>);

/// Decoded rules by workspace.
#[derive(Default)]
pub(super) struct RulesCache {
    decoded: Mutex<BTreeMap<WorkspaceId, Decoded>>,
}

impl RulesCache {
    /// The rules of a workspace as the batch sees them; none where the workspace is not defined.
    pub(super) fn get(
        &self,
        group: GroupId,
        workspace: WorkspaceId,
        batch: &Batch<'_>,
    ) -> Result<Option<Arc<Rules>>, Error> {
        let found = batch.get_bytes(&rules_key(group, workspace), |bytes| {
            let mut decoded = self.decoded.lock();
            if let Some((same, rules)) = decoded.get(&workspace)
                && same == bytes
            {
                return Ok(Some(Arc::clone(rules)));
            }
            let IdentityRow(RowValue::Rules(rules)) = codec::decode(bytes)? else {
                return Ok(None);
            };
            decoded.insert(workspace, (bytes.to_vec(), Arc::clone(&rules)));
            Ok(Some(rules))
        })?;
        Ok(found.flatten())
    }
}
