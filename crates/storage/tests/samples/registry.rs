//! The rows and the commands of the registry, and their outcomes.

use acquaint_identity as identity;
use acquaint_profile::{Namespaces, WorkspaceId};
use acquaint_storage::{
    KeyDigest, SlotMap,
    command::{RegistryCommand, RegistryOutcome},
    row::{AccessKeyRow, AccessRight, MemberRow, WorkspaceRow},
};

pub(crate) fn workspace() -> WorkspaceRow {
    WorkspaceRow {
        id: WorkspaceId(7),
        name: "default".to_owned(),
        secret: super::secret(),
        region: super::region(),
        namespaces: Namespaces::builtin(),
        identity_group: 3,
    }
}

pub(crate) fn member() -> MemberRow {
    MemberRow {
        peer_address: "node-2:7000".to_owned(),
        http_address: "http://node-2:8080".to_owned(),
        program: "0.1.0".to_owned(),
        commands: 1,
        draining: true,
    }
}

pub(crate) fn write_key() -> AccessKeyRow {
    let right = AccessRight::Write(identity::Trust::Public);
    AccessKeyRow {
        workspace: WorkspaceId(7),
        name: "web-key".to_owned(),
        right,
    }
}

pub(crate) fn commands() -> Vec<(&'static str, RegistryCommand)> {
    let map = SlotMap {
        version: 300,
        anchors_groups: 16,
    };
    vec![
        ("define", RegistryCommand::DefineWorkspace(workspace())),
        (
            "keys",
            RegistryCommand::SetAccessKeys(vec![(KeyDigest([0xE4; 32]), write_key())]),
        ),
        ("slot-map", RegistryCommand::SetSlotMap(map)),
        (
            "admit",
            RegistryCommand::Admit {
                peer_address: "node-2:7000".to_owned(),
                http_address: "http://node-2:8080".to_owned(),
            },
        ),
        (
            "announce",
            RegistryCommand::Announce {
                node: 300,
                member: member(),
            },
        ),
        (
            "drain",
            RegistryCommand::SetDraining {
                node: 300,
                draining: true,
            },
        ),
        ("forget", RegistryCommand::Forget { node: 300 }),
        ("allow", RegistryCommand::AllowCommands(2)),
    ]
}

pub(crate) fn outcomes() -> Vec<(&'static str, RegistryOutcome)> {
    vec![
        ("done", RegistryOutcome::Done),
        (
            "refused",
            RegistryOutcome::Refused {
                reason: "another secret".to_owned(),
            },
        ),
        ("admitted", RegistryOutcome::Admitted { node: 300 }),
        ("unknown-node", RegistryOutcome::UnknownNode),
    ]
}
