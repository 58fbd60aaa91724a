//! The machine of the registry: workspaces, access keys, the division of the slots, the nodes of the cluster.

use std::sync::Arc;

use acquaint_consensus::{At, Machine};
use acquaint_storage::command::{RegistryCommand, RegistryOutcome};
use acquaint_storage::row::{AccessKeyRow, SettingRow, WorkspaceNameRow, WorkspaceRow};
use acquaint_storage::{
    Batch, Error, Key, KeyDigest, KeyRange, NameHash, Order, Read, SlotMap, codec,
};
use bytes::Bytes;
use tokio::sync::watch;

use super::members;
use crate::workspaces::Workspaces;

/// The setting that holds the division of the slots.
pub(crate) const SLOT_MAP: &str = "slot_map";
/// Access keys that the registry holds.
pub(crate) const ACCESS_KEYS_MAX: usize = 100_000;

/// The machine of the registry.
pub(crate) struct RegistryMachine {
    workspaces: Arc<Workspaces>,
    /// The applied index, changed once `workspaces` is read again.
    applied: watch::Sender<u64>,
}

impl RegistryMachine {
    /// The machine; it has `workspaces` read again what has been written.
    pub(crate) fn new(workspaces: Arc<Workspaces>) -> Self {
        Self {
            workspaces,
            applied: watch::Sender::new(0),
        }
    }

    /// Is told after every write of the registry.
    pub(crate) fn hints(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }
}

impl Machine for RegistryMachine {
    fn apply(&self, at: At, command: &[u8], batch: &mut Batch<'_>) -> Result<Bytes, Error> {
        let outcome = match codec::decode::<RegistryCommand>(command)? {
            RegistryCommand::DefineWorkspace(row) => define(row, batch)?,
            RegistryCommand::SetAccessKeys(keys) => set_access_keys(keys, batch)?,
            RegistryCommand::SetSlotMap(map) => set_slot_map(map, batch)?,
            RegistryCommand::Admit {
                peer_address,
                http_address,
            } => members::admit(at, peer_address, http_address, batch)?,
            RegistryCommand::Announce { node, member } => members::announce(node, member, batch)?,
            RegistryCommand::SetDraining { node, draining } => {
                members::set_draining(node, draining, batch)?
            }
            RegistryCommand::Forget { node } => members::forget(node, batch)?,
            RegistryCommand::AllowCommands(version) => members::allow_commands(version, batch)?,
        };
        Ok(codec::encode(&outcome).into())
    }

    fn published(&self, index: u64) {
        if let Err(error) = self.workspaces.reload() {
            tracing::error!(%error, "cannot read the registry");
        }
        self.applied.send_replace(index);
    }

    fn restored(&self) {
        self.published(0);
    }
}

pub(super) fn refused(reason: impl Into<String>) -> RegistryOutcome {
    RegistryOutcome::Refused {
        reason: reason.into(),
    }
}

fn define(row: WorkspaceRow, batch: &mut Batch<'_>) -> Result<RegistryOutcome, Error> {
    let by_id = Key::Workspace { id: row.id };
    let by_name = Key::WorkspaceName {
        name: NameHash::of(&row.name),
    };
    if let Some(known) = batch.get::<WorkspaceRow>(&by_id)? {
        return Ok(if known == row {
            RegistryOutcome::Done
        } else {
            refused("another workspace has this number")
        });
    }
    if batch.contains(&by_name)? {
        return Ok(refused("another workspace has this name"));
    }
    batch.put(&by_name, &WorkspaceNameRow { id: row.id });
    batch.put(&by_id, &row);
    Ok(RegistryOutcome::Done)
}

fn set_access_keys(
    keys: Vec<(KeyDigest, AccessKeyRow)>,
    batch: &mut Batch<'_>,
) -> Result<RegistryOutcome, Error> {
    if keys.len() > ACCESS_KEYS_MAX {
        return Ok(refused(
            "there are more access keys than the registry holds",
        ));
    }
    let known = batch.scan_bytes(&KeyRange::access_keys(), Order::Ascending, ACCESS_KEYS_MAX)?;
    for (key, _) in known {
        batch.delete(&Key::decode(&key)?);
    }
    for (digest, row) in keys {
        batch.put(&Key::AccessKey { digest }, &row);
    }
    Ok(RegistryOutcome::Done)
}

fn set_slot_map(map: SlotMap, batch: &mut Batch<'_>) -> Result<RegistryOutcome, Error> {
    let key = Key::Setting {
        name: SLOT_MAP.to_owned(),
    };
    if let Some(SettingRow::SlotMap(known)) = batch.get(&key)?
        && known != map
        && known.version >= map.version
    {
        return Ok(refused(
            "a division of the slots with this version is settled",
        ));
    }
    batch.put(&key, &SettingRow::SlotMap(map));
    Ok(RegistryOutcome::Done)
}
