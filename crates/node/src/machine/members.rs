//! How the registry keeps the nodes of the cluster.
//!
//! - The id of a node is the index of the command that admitted it: no other node ever has it. The first node has 1, which is
//!   an index that only the library uses.
//! - A node is known from its admission until it is forgotten. What was forgotten cannot announce itself again.

use acquaint_consensus::At;
use acquaint_storage::command::{NODES_MAX, RegistryOutcome};
use acquaint_storage::row::{MemberRow, SettingRow};
use acquaint_storage::{Batch, Error, Key, KeyRange, Order, Read};

use super::registry::refused;

/// The id of the node that forms a cluster.
pub(crate) const FIRST_NODE: u64 = 1;
/// The setting that holds the version of the commands that may be proposed.
pub(crate) const COMMANDS: &str = "commands";
/// The longest address.
const ADDRESS_BYTES_MAX: usize = 256;

pub(super) fn admit(
    at: At,
    peer_address: String,
    http_address: String,
    batch: &mut Batch<'_>,
) -> Result<RegistryOutcome, Error> {
    if peer_address.len().max(http_address.len()) > ADDRESS_BYTES_MAX {
        return Ok(refused("an address is too long"));
    }
    let known = members(batch)?;
    for (node, member) in &known {
        if member.peer_address == peer_address && member.commands > 0 {
            return Ok(refused(format!(
                "node {node} has the address {peer_address}: remove it first if it is gone for good"
            )));
        }
    }
    // Whoever was admitted at this address and never started will not come under that id.
    let unused = |member: &MemberRow| member.peer_address == peer_address;
    let replaced = known.iter().filter(|(_, member)| unused(member));
    let count = known.len() - replaced.clone().count();
    if count >= NODES_MAX {
        return Ok(refused(format!("a cluster has at most {NODES_MAX} nodes")));
    }
    for (node, _) in replaced {
        batch.delete(&Key::Node { node: *node });
    }
    let member = MemberRow {
        peer_address,
        http_address,
        program: String::new(),
        commands: 0,
        draining: false,
    };
    batch.put(&Key::Node { node: at.index }, &member);
    Ok(RegistryOutcome::Admitted { node: at.index })
}

pub(super) fn announce(
    node: u64,
    mut member: MemberRow,
    batch: &mut Batch<'_>,
) -> Result<RegistryOutcome, Error> {
    let key = Key::Node { node };
    match batch.get::<MemberRow>(&key)? {
        Some(known) => member.draining = known.draining,
        None if node == FIRST_NODE && members(batch)?.is_empty() => {}
        None => return Ok(RegistryOutcome::UnknownNode),
    }
    batch.put(&key, &member);
    Ok(RegistryOutcome::Done)
}

pub(super) fn set_draining(
    node: u64,
    draining: bool,
    batch: &mut Batch<'_>,
) -> Result<RegistryOutcome, Error> {
    let key = Key::Node { node };
    let Some(mut member) = batch.get::<MemberRow>(&key)? else {
        return Ok(RegistryOutcome::UnknownNode);
    };
    member.draining = draining;
    batch.put(&key, &member);
    Ok(RegistryOutcome::Done)
}

pub(super) fn forget(node: u64, batch: &mut Batch<'_>) -> Result<RegistryOutcome, Error> {
    // Forgotten twice is forgotten.
    batch.delete(&Key::Node { node });
    Ok(RegistryOutcome::Done)
}

pub(super) fn allow_commands(
    version: u16,
    batch: &mut Batch<'_>,
) -> Result<RegistryOutcome, Error> {
    let key = Key::Setting {
        name: COMMANDS.to_owned(),
    };
    if let Some(SettingRow::Commands(known)) = batch.get(&key)?
        && known > version
    {
        return Ok(refused(format!("commands of version {known} are allowed")));
    }
    for (node, member) in members(batch)? {
        if member.commands < version {
            return Ok(refused(format!(
                "node {node} knows the commands of version {} only",
                member.commands
            )));
        }
    }
    batch.put(&key, &SettingRow::Commands(version));
    Ok(RegistryOutcome::Done)
}

/// The nodes of the cluster.
pub(crate) fn members(rows: &impl Read) -> Result<Vec<(u64, MemberRow)>, Error> {
    let rows = rows.scan::<MemberRow>(&KeyRange::nodes(), Order::Ascending, NODES_MAX)?;
    let members = rows.into_iter().filter_map(|(key, row)| match key {
        Key::Node { node } => Some((node, row)),
        _ => None,
    });
    Ok(members.collect())
}
