//! The way of every command of this node into the log of a group.
//!
//! - The version gate: a command that came with version N of the commands is proposed only once the registry allows N, which
//!   it does when every node of the cluster has said that it can apply it. Then a program of version N+1 runs beside one of
//!   version N, and the older one never finds a command in its log that it cannot apply.
//! - What a command means never depends on the gate: it is asked here, before the log, and never when a command is applied.

use acquaint_consensus::Group;
use acquaint_consensus::runtime::Runtime;
use acquaint_storage::codec;
use acquaint_storage::command::Command;
use acquaint_storage::row::SettingRow;
use acquaint_storage::{Key, Read, Store};
use bytes::Bytes;

use crate::Error;
use crate::machine::members::{COMMANDS, members};

/// The version of the commands that every program knows.
const FIRST: u16 = 1;

/// What became of a command.
pub(crate) struct Settled<T> {
    /// The index of its entry in the group's log.
    pub(crate) index: u64,
    /// What applying it answered.
    pub(crate) outcome: T,
}

/// Proposes a command, and waits for its outcome.
pub(crate) async fn propose<R: Runtime, C: Command>(
    store: &Store,
    group: &Group<R>,
    command: &C,
) -> Result<Settled<C::Outcome>, Error> {
    let applied = group.propose(admitted(store, command)?).await?;
    Ok(Settled {
        index: applied.index,
        outcome: codec::decode(&applied.outcome)?,
    })
}

/// The same for a command that may be applied twice without harm.
pub(crate) async fn propose_repeatable<R: Runtime, C: Command>(
    store: &Store,
    group: &Group<R>,
    command: &C,
) -> Result<Settled<C::Outcome>, Error> {
    let applied = group.propose_repeatable(admitted(store, command)?).await?;
    Ok(Settled {
        index: applied.index,
        outcome: codec::decode(&applied.outcome)?,
    })
}

/// The version of the commands that may be proposed.
pub(crate) fn allowed(store: &Store) -> Result<u16, Error> {
    let key = Key::Setting {
        name: COMMANDS.to_owned(),
    };
    match store.snapshot().get(&key)? {
        Some(SettingRow::Commands(version)) => Ok(version),
        _ => Ok(FIRST),
    }
}

/// The bytes of a command that every node can apply.
fn admitted<C: Command>(store: &Store, command: &C) -> Result<Bytes, Error> {
    let since = command.since();
    // What everybody knows is not looked up.
    if since > FIRST && since > allowed(store)? {
        return Err(too_new(store, since)?);
    }
    Ok(codec::encode(command).into())
}

fn too_new(store: &Store, since: u16) -> Result<Error, Error> {
    let members = members(&store.snapshot())?;
    let older = members.iter().filter(|(_, member)| member.commands < since);
    let older: Vec<String> = older.map(|(node, _)| node.to_string()).collect();
    let message = if older.is_empty() {
        "the cluster has just been upgraded and has not settled yet: try again in a few seconds"
            .to_owned()
    } else {
        format!(
            "this needs a newer program on every node of the cluster: upgrade node {}, or remove it",
            older.join(", ")
        )
    };
    Ok(Error::conflict(message))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_api::ErrorCode;
    use acquaint_storage::codec::Stored;
    use acquaint_storage::command::RegistryOutcome;
    use acquaint_storage::row::MemberRow;
    use acquaint_storage::{GroupId, StoreOptions};
    use serde::{Deserialize, Serialize};

    use super::*;

    /// A command of a program that is newer than this one.
    #[derive(Serialize, Deserialize)]
    struct Later(u16);

    impl Stored for Later {
        const NAME: &'static str = "Later";
        const VERSION: u8 = 1;
    }

    impl Command for Later {
        type Outcome = RegistryOutcome;

        fn since(&self) -> u16 {
            self.0
        }
    }

    #[test]
    fn a_command_is_proposed_once_every_node_can_apply_it() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(directory.path())).unwrap();
        let has = |node: u64, commands: u16| {
            let member = MemberRow {
                peer_address: format!("127.0.0.1:{node}"),
                http_address: String::new(),
                program: String::new(),
                commands,
                draining: false,
            };
            let mut batch = store.batch(GroupId::Registry);
            batch.put(&Key::Node { node }, &member);
            batch.commit().unwrap();
        };
        let refused = |since| {
            let error = admitted(&store, &Later(since)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ClusterConflict);
            error.to_string()
        };
        (1..=3).for_each(|node| has(node, if node == 2 { 2 } else { 1 }));
        assert!(admitted(&store, &Later(1)).is_ok());
        assert!(refused(2).contains("upgrade node 1, 3,"));
        (1..=3).for_each(|node| has(node, 2));
        // Every node has said so, and the registry has not drawn the conclusion.
        assert!(refused(2).contains("has not settled yet"));
        let mut batch = store.batch(GroupId::Registry);
        let name = COMMANDS.to_owned();
        batch.put(&Key::Setting { name }, &SettingRow::Commands(2));
        batch.commit().unwrap();
        assert!(admitted(&store, &Later(2)).is_ok());
        assert!(refused(3).contains("upgrade node 1, 2, 3,"));
    }
}
