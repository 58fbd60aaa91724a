//! Brings the configuration into the registry, at every start.
//!
//! - What is frozen is compared: a difference is an error that says what to do, never a silent change. Anchors, ids and matching
//!   keys depend on it.
//! - What is made is proposed, like every change of state; done twice, it changes nothing.
//! - Keys are replaced as a whole: one that is no longer configured opens nothing from the next start on.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::Trust;
use acquaint_profile::{CustomNamespace, Form, NamespaceSpec, Namespaces, Region, Strength};
use acquaint_profile::{WorkspaceId, WorkspaceSecret};
use acquaint_storage::command::{
    IdentityCommand, IdentityOutcome, RegistryCommand, RegistryOutcome,
};
use acquaint_storage::row::{AccessKeyRow, AccessRight, SettingRow, WorkspaceRow};
use acquaint_storage::{GroupId, Key, KeyDigest, Read, SlotMap, Store, codec};
use rand::Rng;

use crate::config::{
    NamespaceConfig, NamespaceForm, NamespaceStrength, TrustClass, WorkspaceConfig,
};
use crate::machine::{SLOT_MAP, rules_key};
use crate::node::{DEFAULT_WORKSPACE, IDENTITY};
use crate::workspaces::{Workspace, rules};
use crate::{Config, Error, Node};

/// The division of the slots: that of the data directory, which the configuration must agree with.
pub(crate) fn slot_map(store: &Store, config: &Config) -> Result<SlotMap, Error> {
    let key = Key::Setting {
        name: SLOT_MAP.to_owned(),
    };
    let Some(SettingRow::SlotMap(map)) = store.snapshot().get(&key)? else {
        return Ok(SlotMap::new(config.anchors_groups));
    };
    if map.anchors_groups == config.anchors_groups {
        return Ok(map);
    }
    Err(Error::FrozenSetting {
        setting: "anchors_groups",
        detail: format!(
            "this data directory was made with {}, and {} are configured: set anchors_groups = {}, or import into a new data_dir",
            map.anchors_groups, config.anchors_groups, map.anchors_groups
        ),
    })
}

/// Defines what is configured and not there yet, and replaces the access keys if they differ.
pub(crate) async fn bring_in(node: &Node) -> Result<(), Error> {
    register(node, RegistryCommand::SetSlotMap(*node.slot_map())).await?;
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

fn default_workspace() -> WorkspaceConfig {
    WorkspaceConfig {
        name: DEFAULT_WORKSPACE.to_owned(),
        secret: None,
        region: Region::default().to_string(),
        namespaces: Vec::new(),
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
            register(node, RegistryCommand::DefineWorkspace(row)).await?;
            id
        }
    };
    define_rules(node, id, &namespaces).await?;
    Ok(id)
}

async fn define_rules(
    node: &Node,
    workspace: WorkspaceId,
    namespaces: &Namespaces,
) -> Result<(), Error> {
    let view_has = node
        .store()
        .snapshot()
        .contains(&rules_key(IDENTITY, workspace))?;
    if view_has {
        return Ok(());
    }
    let command = IdentityCommand::DefineWorkspace {
        workspace,
        rules: rules(namespaces),
    };
    let applied = node
        .group(IDENTITY)?
        .propose(codec::encode(&command).into())
        .await?;
    match codec::decode(&applied.outcome)? {
        IdentityOutcome::Defined => Ok(node.workspaces().reload()?),
        other => Err(Error::Inconsistent(format!(
            "defining workspace {} was answered with {other:?}",
            workspace.0
        ))),
    }
}

async fn register(node: &Node, command: RegistryCommand) -> Result<(), Error> {
    let applied = node
        .group(GroupId::Registry)?
        .propose(codec::encode(&command).into())
        .await?;
    match codec::decode(&applied.outcome)? {
        RegistryOutcome::Done => {
            node.workspaces().reload()?;
            Ok(())
        }
        RegistryOutcome::Refused { reason } => Err(Error::Configuration(reason)),
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
    let custom: Result<Vec<_>, _> = configured.namespaces.iter().map(custom_namespace).collect();
    custom.and_then(Namespaces::with_custom).map_err(|error| {
        let name = &configured.name;
        Error::Configuration(format!("the namespaces of workspace `{name}`: {error}"))
    })
}

fn custom_namespace(given: &NamespaceConfig) -> Result<CustomNamespace, acquaint_profile::Error> {
    Ok(CustomNamespace {
        spec: NamespaceSpec {
            name: given.name.parse()?,
            strength: match given.strength {
                NamespaceStrength::Strong => Strength::Strong,
                NamespaceStrength::Weak => Strength::Weak,
            },
            form: match given.form {
                NamespaceForm::Verbatim => Form::Verbatim,
                NamespaceForm::Email => Form::Email,
                NamespaceForm::Phone => Form::Phone,
                NamespaceForm::CaseFolded => Form::CaseFolded,
                NamespaceForm::Uuid => Form::Uuid,
            },
            exclusive: given.exclusive,
        },
        after: Some(given.after.parse()?),
    })
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
