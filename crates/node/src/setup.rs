//! Brings the configuration into the registry, at every start.
//!
//! - What is frozen is compared: a difference is an error that says what to do, never a silent change. Anchors, ids and matching
//!   keys depend on it.
//! - What is made is proposed, like every change of state; done twice, it changes nothing.
//! - Keys are replaced as a whole: one that is no longer configured opens nothing from the next start on.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::{Rules, RulesRow, Trust};
use acquaint_profile::{Namespaces, Region, WorkspaceId, WorkspaceSecret};
use acquaint_storage::command::{
    AnchorsCommand, AnchorsOutcome, IdentityCommand, IdentityOutcome, RegistryCommand,
    RegistryOutcome,
};
use acquaint_storage::row::{AccessKeyRow, AccessRight, NodeRow, SettingRow, WorkspaceRow};
use acquaint_storage::{GroupId, Key, KeyDigest, Read, SlotMap, Store};
use rand::Rng;

use crate::config::{TrustClass, WorkspaceConfig};
use crate::epochs::Standing;
use crate::ingest::now;
use crate::machine::SLOT_MAP;
use crate::node::DEFAULT_WORKSPACE;
use crate::proposing::{propose, propose_repeatable};
use crate::replica::IDENTITY;
use crate::workspaces::Workspace;
use crate::{Error, Node};

/// The division of the slots: that of the registry, or the one that the node was made with.
pub(crate) fn slot_map(store: &Store, row: &NodeRow) -> Result<SlotMap, Error> {
    let key = Key::Setting {
        name: SLOT_MAP.to_owned(),
    };
    match store.snapshot().get(&key)? {
        Some(SettingRow::SlotMap(map)) => Ok(map),
        _ => Ok(row.slot_map),
    }
}

/// Defines what is configured and not there yet, and replaces the access keys if they differ.
pub(crate) async fn bring_in(node: &Node) -> Result<(), Error> {
    register(node, RegistryCommand::SetSlotMap(*node.slot_map())).await?;
    set_slots(node).await?;
    let open = [default_workspace()];
    let configured = match node.config().workspaces.as_slice() {
        [] => &open,
        workspaces => workspaces,
    };
    let mut keys = BTreeMap::new();
    for workspace in configured {
        let id = define(node, workspace).await?;
        keys.extend(access_keys(id, workspace));
    }
    if keys != node.workspaces().access_keys() {
        let keys = keys.into_iter().collect();
        register(node, RegistryCommand::SetAccessKeys(keys)).await?;
    }
    Ok(())
}

/// Tells every anchors group which slots are its own, once.
async fn set_slots(node: &Node) -> Result<(), Error> {
    let map = *node.slot_map();
    for number in 0..map.anchors_groups {
        let group = GroupId::Anchors(number);
        let known = node
            .store()
            .snapshot()
            .get::<SlotMap>(&Key::Slots { group })?;
        if known.is_some_and(|known| known.version >= map.version) {
            continue;
        }
        let group = node.group(group)?;
        let command = AnchorsCommand::SetSlots(map);
        let settled = propose_repeatable(node.store(), group, &command).await?;
        group
            .wait_applied(settled.index, node.wait_ms_max())
            .await?;
        match settled.outcome {
            AnchorsOutcome::SlotsSet => {}
            other => {
                return Err(Error::Inconsistent(format!(
                    "setting the slots of {} was answered with {other:?}",
                    group.id()
                )));
            }
        }
    }
    Ok(())
}

fn default_workspace() -> WorkspaceConfig {
    WorkspaceConfig {
        name: DEFAULT_WORKSPACE.to_owned(),
        secret: None,
        region: Region::default().to_string(),
        namespaces: Vec::new(),
        identity_rules: None,
        write_keys: Vec::new(),
        tokens: Vec::new(),
    }
}

async fn define(node: &Node, configured: &WorkspaceConfig) -> Result<WorkspaceId, Error> {
    let namespaces = namespaces(configured)?;
    let region: Region = configured.region.parse().map_err(|error| {
        let name = &configured.name;
        Error::Configuration(format!("the region of workspace `{name}`: {error}"))
    })?;
    let id = match node.workspaces().by_name(&configured.name) {
        Some(known) => {
            compare(&known, configured, &namespaces, region)?;
            known.id
        }
        None => {
            let secret = configured.secret_bytes().unwrap_or_else(random_secret);
            let row = WorkspaceRow {
                id: node.workspaces().next_id(),
                name: configured.name.clone(),
                secret: WorkspaceSecret::new(secret),
                region,
                namespaces: namespaces.clone(),
                identity_group: 0,
            };
            let id = row.id;
            match register(node, RegistryCommand::DefineWorkspace(row)).await {
                Ok(()) => id,
                // Another node has made it at the same moment, with the same name.
                Err(error) => match node.workspaces().by_name(&configured.name) {
                    Some(known) => {
                        compare(&known, configured, &namespaces, region)?;
                        known.id
                    }
                    None => return Err(error),
                },
            }
        }
    };
    define_rules(node, id, configured, &namespaces).await?;
    Ok(id)
}

async fn define_rules(
    node: &Node,
    workspace: WorkspaceId,
    configured: &WorkspaceConfig,
    namespaces: &Namespaces,
) -> Result<(), Error> {
    let view = node.store().snapshot();
    let standing = node.epochs().standing(&view, IDENTITY, workspace)?;
    drop(view);
    if let Some(standing) = standing {
        return tell_other_rules(&standing, configured, namespaces);
    }
    let command = IdentityCommand::DefineWorkspace {
        workspace,
        rules: RulesRow {
            rules: first_rules(configured, namespaces)?,
            text: configured.rules_text().to_owned(),
            author: "acquaint".to_owned(),
            reason: "the rules that the workspace begins with".to_owned(),
            at_ms: now().0,
        },
    };
    let group = node.group(IDENTITY)?;
    let settled = propose(node.store(), group, &command).await?;
    group
        .wait_applied(settled.index, node.wait_ms_max())
        .await?;
    match settled.outcome {
        IdentityOutcome::Defined => Ok(()),
        other => Err(Error::Inconsistent(format!(
            "defining workspace {} was answered with {other:?}",
            workspace.0
        ))),
    }
}

async fn register(node: &Node, command: RegistryCommand) -> Result<(), Error> {
    match node.register(command).await? {
        RegistryOutcome::Done => {
            node.workspaces().reload()?;
            Ok(())
        }
        RegistryOutcome::Refused { reason } => Err(Error::Configuration(reason)),
        other => Err(Error::Inconsistent(format!(
            "the registry answered with {other:?}"
        ))),
    }
}

/// What is frozen must not differ.
fn compare(
    known: &Workspace,
    configured: &WorkspaceConfig,
    namespaces: &Namespaces,
    region: Region,
) -> Result<(), Error> {
    let name = &known.name;
    let frozen = |setting, detail| Err(Error::FrozenSetting { setting, detail });
    if *namespaces != known.namespaces {
        let order: Vec<&str> = known
            .namespaces
            .iter()
            .map(|spec| spec.name.as_str())
            .collect();
        return frozen(
            "workspace.namespace",
            format!(
                "workspace `{name}` was made with the namespaces {}, and where interactions are stored depends on their order and \
                 settings: configure them as they were, or import into a new workspace",
                order.join(", ")
            ),
        );
    }
    if region != known.region {
        return frozen(
            "workspace.region",
            format!(
                "workspace `{name}` was made with region {}, and {region} is configured: set it back, or import into a new workspace",
                known.region
            ),
        );
    }
    if let Some(secret) = configured.secret_bytes()
        && WorkspaceSecret::new(secret) != known.secret
    {
        return frozen(
            "workspace.secret",
            format!(
                "workspace `{name}` was made with another secret, and every id depends on it: set it back, or leave it out"
            ),
        );
    }
    Ok(())
}

fn random_secret() -> [u8; 32] {
    rand::rng().random()
}

fn namespaces(configured: &WorkspaceConfig) -> Result<Namespaces, Error> {
    configured.all_namespaces().map_err(|error| {
        let name = &configured.name;
        Error::Configuration(format!("the namespaces of workspace `{name}`: {error}"))
    })
}

/// The rules that a workspace begins with.
fn first_rules(configured: &WorkspaceConfig, namespaces: &Namespaces) -> Result<Rules, Error> {
    configured.rules(namespaces).map_err(|error| {
        let name = &configured.name;
        Error::Configuration(format!("the identity_rules of workspace `{name}`: {error}"))
    })
}

/// Rules are state of the workspace once it is made: the file is not taken again, and whoever expects it to be is told.
fn tell_other_rules(
    standing: &Standing,
    configured: &WorkspaceConfig,
    namespaces: &Namespaces,
) -> Result<(), Error> {
    let Some(file) = &configured.identity_rules else {
        return Ok(());
    };
    let rules = first_rules(configured, namespaces)?;
    let changes = standing.rules.changes_to(&rules);
    if let Some(first) = changes.first() {
        let file = file.path().display();
        tracing::warn!(
            workspace = %configured.name,
            differences = changes.len(),
            first = %first,
            "the workspace keeps the identity rules that it has, and {file} differs from them: \
             `acquaint identity what-if --rules {file}` says what it would do, `acquaint identity apply --rules {file}` puts it \
             in force"
        );
    }
    Ok(())
}

fn access_keys(
    workspace: WorkspaceId,
    configured: &WorkspaceConfig,
) -> Vec<(KeyDigest, AccessKeyRow)> {
    let row = |name: String, right| AccessKeyRow {
        workspace,
        name,
        right,
    };
    let write_keys = (1..).zip(&configured.write_keys).map(|(number, entry)| {
        let trust = match entry.trust {
            TrustClass::Public => Trust::Public,
            TrustClass::Server => Trust::Server,
        };
        (
            KeyDigest::of(entry.key.expose()),
            row(entry.source(number), AccessRight::Write(trust)),
        )
    });
    let tokens = (1..).zip(&configured.tokens).map(|(number, entry)| {
        let scopes: BTreeSet<String> = entry
            .scopes
            .iter()
            .map(|scope| scope.as_str().to_owned())
            .collect();
        (
            KeyDigest::of(entry.token.expose()),
            row(entry.source(number), AccessRight::Token(scopes)),
        )
    });
    write_keys.chain(tokens).collect()
}
