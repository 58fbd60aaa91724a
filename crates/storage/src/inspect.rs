//! Printing any key and any value for a person: `acquaint inspect`.
//!
//! - A workspace's secret is not printed, and of an access key's digest only the start.
//! - What does not decode is printed as hexadecimal, with the reason: inspecting a damaged store is the point.

use std::{fmt::Debug, ops::ControlFlow};

use rocksdb::ReadOptions;

use crate::{
    Error, GroupId, Key, Order, SlotMap, Store,
    codec::{self, Stored},
    command::{AnchorsCommand, IdentityCommand, RegistryCommand},
    engine::{DATA, LOG, META, family, for_each},
    meta_key::{IDENTITY_KEY, Meta, NODE_KEY, parse_log_key},
    row::{
        AccessKeyRow, ChangeRow, EntryRow, IdentityRow, InteractionRow, MemberRow, MembershipRow,
        NodeRow, OutboxRow, PayloadRow, PositionRow, ProfileChangeRow, ProfileFeedRow, RollupRow,
        SeenRow, SettingRow, StrandInteractionRow, StrandRow, VoteRow, WatermarkRow,
        WorkspaceNameRow, WorkspaceRow,
    },
    snapshot::InstallRow,
    store_row::StoreRow,
};

/// Bytes of an opaque value that are printed.
const OPAQUE_BYTES_MAX: usize = 64;

/// A column family that can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The rows.
    Data,
    /// The Raft logs.
    Log,
    /// What a group knows of itself.
    Meta,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 3] = [Self::Meta, Self::Log, Self::Data];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => DATA,
            Self::Log => LOG,
            Self::Meta => META,
        }
    }
}

impl Store {
    /// Shows every key and value of a family that starts with `prefix`, as bytes, until `row` breaks.
    pub fn inspect(
        &self,
        family_to_show: Family,
        prefix: &[u8],
        mut row: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(prefix);
        let rows = self
            .db()
            .raw_iterator_cf_opt(family(self.db(), family_to_show.name())?, options);
        for_each(rows, Order::Ascending, |key, value| {
            if key.starts_with(prefix) {
                row(key, value)
            } else {
                ControlFlow::Break(())
            }
        })
    }
}

/// What a key and its value say.
pub fn describe(family: Family, key: &[u8], value: &[u8]) -> (String, String) {
    match family {
        Family::Data => match Key::decode(key) {
            Ok(decoded) => (decoded.to_string(), describe_row(&decoded, value)),
            Err(error) => (error.to_string(), opaque(value)),
        },
        Family::Log => match parse_log_key(key) {
            Ok((group, index)) => (format!("{group} log {index}"), describe_entry(group, value)),
            Err(error) => (error.to_string(), opaque(value)),
        },
        Family::Meta if key == IDENTITY_KEY => ("store".to_owned(), show::<StoreRow>(value)),
        Family::Meta if key == NODE_KEY => ("node".to_owned(), show::<NodeRow>(value)),
        Family::Meta => match Meta::parse(key) {
            Ok((group, meta)) => (
                format!("{group} {}", meta.name()),
                describe_meta(meta, value),
            ),
            Err(error) => (error.to_string(), opaque(value)),
        },
    }
}

fn describe_meta(meta: Meta, value: &[u8]) -> String {
    match meta {
        Meta::Applied | Meta::Committed | Meta::Purged => show::<PositionRow>(value),
        Meta::Installing => show::<InstallRow>(value),
        Meta::Membership => show::<MembershipRow>(value),
        Meta::Vote => show::<VoteRow>(value),
    }
}

/// A command is shown as what it says to the machine of its group.
fn describe_entry(group: GroupId, value: &[u8]) -> String {
    match codec::decode::<EntryRow>(value) {
        Ok(EntryRow {
            position,
            payload: PayloadRow::Command(command),
        }) if command.is_empty() => format!("{position:?} mark for a digest"),
        Ok(EntryRow {
            position,
            payload: PayloadRow::Command(command),
        }) => {
            let command = match group {
                GroupId::Registry => show::<RegistryCommand>(&command),
                GroupId::Identity(_) => show::<IdentityCommand>(&command),
                GroupId::Anchors(_) => show::<AnchorsCommand>(&command),
            };
            format!("{position:?} {command}")
        }
        _ => show::<EntryRow>(value),
    }
}

fn describe_row(key: &Key, value: &[u8]) -> String {
    match key {
        Key::Interaction { .. } => show::<InteractionRow>(value),
        Key::Seen { .. } => show::<SeenRow>(value),
        Key::Rollup { .. } => show::<RollupRow>(value),
        Key::Strand { .. } => show::<StrandRow>(value),
        Key::StrandInteraction { .. } => show::<StrandInteractionRow>(value),
        Key::Change { .. } => show::<ChangeRow>(value),
        Key::Outbox { .. } => show::<OutboxRow>(value),
        Key::Watermark { .. } => show::<WatermarkRow>(value),
        Key::Identity { .. } => show::<IdentityRow>(value),
        Key::ProfileChange { .. } => show::<ProfileChangeRow>(value),
        Key::ProfileFeed { .. } => show::<ProfileFeedRow>(value),
        Key::Workspace { .. } => show::<WorkspaceRow>(value),
        Key::WorkspaceName { .. } => show::<WorkspaceNameRow>(value),
        Key::AccessKey { .. } => show::<AccessKeyRow>(value),
        Key::Setting { .. } => show::<SettingRow>(value),
        Key::Node { .. } => show::<MemberRow>(value),
        Key::Slots { .. } => show::<SlotMap>(value),
    }
}

fn show<T: Stored + Debug>(value: &[u8]) -> String {
    match codec::decode::<T>(value) {
        Ok(row) => format!("{row:?}"),
        Err(error) => format!("{error}: {}", opaque(value)),
    }
}

/// The start of a value that belongs to another crate.
fn opaque(value: &[u8]) -> String {
    let shown = &value[..value.len().min(OPAQUE_BYTES_MAX)];
    let more = if shown.len() < value.len() { "…" } else { "" };
    format!("{} bytes {}{more}", value.len(), hex(shown))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
