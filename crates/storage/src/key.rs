//! The keys of CF data: one enum, bytes for ever.
//!
//! ```text
//! partition (2)                       kind (1)            fields
//! 0x0000..=0x0FFF  a slot             i interaction       workspace anchor time row
//!                                     m message seen      workspace anchor message strand
//!                                     r rollup            workspace anchor day
//!                                     s strand            workspace anchor strand
//!                                     x of a strand       workspace anchor strand time row
//! 0x1000 | k       identity-k         f profile feed
//!                                     g identity graph    workspace epoch row
//!                                     p profile change    index seq
//!                                     w watermark         group
//! 0x2000 | k       anchors-k          c change            index seq
//!                                     o outbox            index seq
//! 0x3000           registry           k access key        digest
//!                                     n workspace name    hash
//!                                     t setting           name
//!                                     y workspace         id
//! ```
//!
//! - Big endian and order-preserving; a time is an i64 with its sign bit flipped.
//! - A key holds hashes, never an identifier, a name or an access key in plain.
//! - A kind that is retired stays reserved in [`RETIRED_KINDS`] and is never used again.

use std::fmt;

use acquaint_identity::RowKey;
use acquaint_profile::{Day, IdentifierId, StrandId, Timestamp, WorkspaceId};

use crate::{
    Error, GroupId, InteractionId, KeyDigest, MessageHash, NameHash, Slot, identity_key,
    inspect::hex,
    key_bytes::{KeyReader, KeyWriter},
};

/// Kind bytes that were used once and must not be used again.
pub const RETIRED_KINDS: &[u8] = &[];

/// A key of CF data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the fields are what their types name")]
pub enum Key {
    /// One interaction, in the timeline of its anchor.
    Interaction {
        slot: Slot,
        workspace: WorkspaceId,
        anchor: IdentifierId,
        time: Timestamp,
        row: InteractionId,
    },
    /// A message that an anchor has seen: with the smallest strand that its id came with, or with another one.
    Seen {
        slot: Slot,
        workspace: WorkspaceId,
        anchor: IdentifierId,
        message: MessageHash,
        strand: Option<StrandId>,
    },
    /// The folded state of an anchor: whole, and where days are kept, of one UTC day too.
    Rollup {
        slot: Slot,
        workspace: WorkspaceId,
        anchor: IdentifierId,
        day: Option<Day>,
    },
    /// What one set of identifiers says about identity.
    Strand {
        slot: Slot,
        workspace: WorkspaceId,
        anchor: IdentifierId,
        strand: StrandId,
    },
    /// Where an interaction of one set of identifiers stands in the timeline of its anchor.
    StrandInteraction {
        slot: Slot,
        workspace: WorkspaceId,
        anchor: IdentifierId,
        strand: StrandId,
        time: Timestamp,
        row: InteractionId,
    },
    /// A row of the change feed of an anchors group.
    Change {
        group: GroupId,
        index: u64,
        seq: u32,
    },
    /// Evidence that waits to be taken to the identity group.
    Outbox {
        group: GroupId,
        index: u64,
        seq: u32,
    },
    /// How far an identity group has taken the outbox of an anchors group.
    Watermark { identity: GroupId, from: GroupId },
    /// A row of a workspace's identity graph. Inputs, which are the same under all rules, stand under epoch nought: see
    /// [`Key::identity`].
    Identity {
        group: GroupId,
        workspace: WorkspaceId,
        epoch: u32,
        row: RowKey,
    },
    /// A change of profile ids.
    ProfileChange {
        group: GroupId,
        index: u64,
        seq: u32,
    },
    /// How many changes of profile ids are kept, and which were forgotten.
    ProfileFeed { group: GroupId },
    /// A workspace.
    Workspace { id: WorkspaceId },
    /// The workspace of a name.
    WorkspaceName { name: NameHash },
    /// A write key or an API token.
    AccessKey { digest: KeyDigest },
    /// A setting of the cluster.
    Setting { name: String },
    /// A node of the cluster.
    Node { node: u64 },
    /// The division of the slots that an anchors group goes by.
    Slots { group: GroupId },
}

/// The kind bytes.
pub(crate) mod kind {
    pub(crate) const INTERACTION: u8 = b'i';
    pub(crate) const SEEN: u8 = b'm';
    pub(crate) const ROLLUP: u8 = b'r';
    pub(crate) const STRAND: u8 = b's';
    pub(crate) const STRAND_INTERACTION: u8 = b'x';
    pub(crate) const IDENTITY: u8 = b'g';
    pub(crate) const PROFILE_CHANGE: u8 = b'p';
    pub(crate) const PROFILE_FEED: u8 = b'f';
    pub(crate) const WATERMARK: u8 = b'w';
    pub(crate) const CHANGE: u8 = b'c';
    pub(crate) const OUTBOX: u8 = b'o';
    pub(crate) const ACCESS_KEY: u8 = b'k';
    pub(crate) const WORKSPACE_NAME: u8 = b'n';
    pub(crate) const SETTING: u8 = b't';
    pub(crate) const WORKSPACE: u8 = b'y';
    pub(crate) const NODE: u8 = b'd';
    pub(crate) const SLOTS: u8 = b'l';
}

/// The place of the smallest strand that a message id came with.
const FIRST_STRAND: [u8; 16] = [0; 16];

/// The place of an epoch under which the inputs stand. Epochs of rules begin with one.
pub(crate) const INPUTS: u32 = 0;

impl Key {
    /// The key of a row of an identity graph: under its epoch, or where all epochs find it.
    pub fn identity(group: GroupId, workspace: WorkspaceId, epoch: u32, row: RowKey) -> Self {
        Self::Identity {
            group,
            workspace,
            epoch: if row.is_input() { INPUTS } else { epoch },
            row,
        }
    }

    /// The bytes of the key.
    pub fn encode(&self) -> Vec<u8> {
        let writer = match self {
            Self::Interaction {
                slot,
                workspace,
                anchor,
                time,
                row,
            } => KeyWriter::anchor(*slot, kind::INTERACTION, *workspace, anchor)
                .time(*time)
                .bytes(&row.0),
            Self::Seen {
                slot,
                workspace,
                anchor,
                message,
                strand,
            } => KeyWriter::anchor(*slot, kind::SEEN, *workspace, anchor)
                .bytes(&message.0)
                .bytes(&strand.map_or(FIRST_STRAND, |strand| strand.0)),
            Self::Rollup {
                slot,
                workspace,
                anchor,
                day,
            } => KeyWriter::anchor(*slot, kind::ROLLUP, *workspace, anchor).day(*day),
            Self::Strand {
                slot,
                workspace,
                anchor,
                strand,
            } => KeyWriter::anchor(*slot, kind::STRAND, *workspace, anchor).bytes(&strand.0),
            Self::StrandInteraction {
                slot,
                workspace,
                anchor,
                strand,
                time,
                row,
            } => KeyWriter::anchor(*slot, kind::STRAND_INTERACTION, *workspace, anchor)
                .bytes(&strand.0)
                .time(*time)
                .bytes(&row.0),
            Self::Change { group, index, seq } => {
                KeyWriter::group(*group, kind::CHANGE).u64(*index).u32(*seq)
            }
            Self::Outbox { group, index, seq } => {
                KeyWriter::group(*group, kind::OUTBOX).u64(*index).u32(*seq)
            }
            Self::Watermark { identity, from } => {
                KeyWriter::group(*identity, kind::WATERMARK).u16(from.number())
            }
            Self::Identity {
                group,
                workspace,
                epoch,
                row,
            } => KeyWriter::group(*group, kind::IDENTITY)
                .u32(workspace.0)
                .u32(*epoch)
                .bytes(&identity_key::encode(row)),
            Self::ProfileChange { group, index, seq } => {
                KeyWriter::group(*group, kind::PROFILE_CHANGE)
                    .u64(*index)
                    .u32(*seq)
            }
            Self::ProfileFeed { group } => KeyWriter::group(*group, kind::PROFILE_FEED),
            Self::Workspace { id } => {
                KeyWriter::group(GroupId::Registry, kind::WORKSPACE).u32(id.0)
            }
            Self::WorkspaceName { name } => {
                KeyWriter::group(GroupId::Registry, kind::WORKSPACE_NAME).bytes(&name.0)
            }
            Self::AccessKey { digest } => {
                KeyWriter::group(GroupId::Registry, kind::ACCESS_KEY).bytes(&digest.0)
            }
            Self::Setting { name } => {
                KeyWriter::group(GroupId::Registry, kind::SETTING).bytes(name.as_bytes())
            }
            Self::Node { node } => KeyWriter::group(GroupId::Registry, kind::NODE).u64(*node),
            Self::Slots { group } => KeyWriter::group(*group, kind::SLOTS),
        };
        writer.finish()
    }

    /// The key of these bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes).map_err(|message| Error::BadKey {
            key: hex(bytes),
            message,
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut reader = KeyReader::new(bytes);
        let partition = reader.u16()?;
        let kind = reader.u8()?;
        let key = match Slot::new(partition) {
            Some(slot) => Self::read_slot(slot, kind, &mut reader)?,
            None => {
                let group = GroupId::of_partition(partition).ok_or("no such partition")?;
                Self::read_group(group, kind, &mut reader)?
            }
        };
        reader.end()?;
        Ok(key)
    }

    fn read_slot(slot: Slot, kind: u8, reader: &mut KeyReader<'_>) -> Result<Self, &'static str> {
        let workspace = WorkspaceId(reader.u32()?);
        let anchor = IdentifierId(reader.array()?);
        match kind {
            kind::INTERACTION => {
                let (time, row) = (reader.time()?, InteractionId(reader.array()?));
                Ok(Self::Interaction {
                    slot,
                    workspace,
                    anchor,
                    time,
                    row,
                })
            }
            kind::SEEN => {
                let (message, strand) = (MessageHash(reader.array()?), reader.array()?);
                let strand = (strand != FIRST_STRAND).then_some(StrandId(strand));
                Ok(Self::Seen {
                    slot,
                    workspace,
                    anchor,
                    message,
                    strand,
                })
            }
            kind::ROLLUP => Ok(Self::Rollup {
                slot,
                workspace,
                anchor,
                day: reader.day()?,
            }),
            kind::STRAND => Ok(Self::Strand {
                slot,
                workspace,
                anchor,
                strand: StrandId(reader.array()?),
            }),
            kind::STRAND_INTERACTION => Ok(Self::StrandInteraction {
                slot,
                workspace,
                anchor,
                strand: StrandId(reader.array()?),
                time: reader.time()?,
                row: InteractionId(reader.array()?),
            }),
            _ => Err("no such kind in a slot"),
        }
    }

    fn read_group(
        group: GroupId,
        kind: u8,
        reader: &mut KeyReader<'_>,
    ) -> Result<Self, &'static str> {
        match (group, kind) {
            (GroupId::Anchors(_), kind::CHANGE) => Ok(Self::Change {
                group,
                index: reader.u64()?,
                seq: reader.u32()?,
            }),
            (GroupId::Anchors(_), kind::OUTBOX) => Ok(Self::Outbox {
                group,
                index: reader.u64()?,
                seq: reader.u32()?,
            }),
            (GroupId::Identity(_), kind::WATERMARK) => {
                let from = GroupId::from_number(reader.u16()?).ok_or("no such group")?;
                Ok(Self::Watermark {
                    identity: group,
                    from,
                })
            }
            (GroupId::Identity(_), kind::IDENTITY) => {
                let (workspace, epoch) = (WorkspaceId(reader.u32()?), reader.u32()?);
                let row = identity_key::decode(reader.rest())?;
                if row.is_input() != (epoch == INPUTS) {
                    return Err("a row of the graph stands under an epoch that it cannot have");
                }
                Ok(Self::Identity {
                    group,
                    workspace,
                    epoch,
                    row,
                })
            }
            (GroupId::Identity(_), kind::PROFILE_CHANGE) => Ok(Self::ProfileChange {
                group,
                index: reader.u64()?,
                seq: reader.u32()?,
            }),
            (GroupId::Identity(_), kind::PROFILE_FEED) => Ok(Self::ProfileFeed { group }),
            (GroupId::Registry, kind::WORKSPACE) => Ok(Self::Workspace {
                id: WorkspaceId(reader.u32()?),
            }),
            (GroupId::Registry, kind::WORKSPACE_NAME) => Ok(Self::WorkspaceName {
                name: NameHash(reader.array()?),
            }),
            (GroupId::Registry, kind::ACCESS_KEY) => Ok(Self::AccessKey {
                digest: KeyDigest(reader.array()?),
            }),
            (GroupId::Registry, kind::SETTING) => {
                let name =
                    std::str::from_utf8(reader.rest()).map_err(|_| "a name that is not UTF-8")?;
                Ok(Self::Setting {
                    name: name.to_owned(),
                })
            }
            (GroupId::Registry, kind::NODE) => Ok(Self::Node {
                node: reader.u64()?,
            }),
            (GroupId::Anchors(_), kind::SLOTS) => Ok(Self::Slots { group }),
            _ => Err("no such kind in this partition"),
        }
    }
}

/// What a person reads; an access key shows the start of its digest only.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interaction {
                slot,
                workspace,
                anchor,
                time,
                row,
            } => {
                write!(
                    f,
                    "{slot} interaction workspace={} anchor={} time={time} row={}",
                    workspace.0,
                    hex(&anchor.0),
                    hex(&row.0)
                )
            }
            Self::Seen {
                slot,
                workspace,
                anchor,
                message,
                strand,
            } => {
                let strand = strand.map_or("smallest".to_owned(), |strand| hex(&strand.0));
                write!(
                    f,
                    "{slot} seen workspace={} anchor={} message={} strand={strand}",
                    workspace.0,
                    hex(&anchor.0),
                    hex(&message.0)
                )
            }
            Self::Rollup {
                slot,
                workspace,
                anchor,
                day,
            } => {
                write!(
                    f,
                    "{slot} rollup workspace={} anchor={}",
                    workspace.0,
                    hex(&anchor.0)
                )?;
                match day {
                    Some(day) => write!(f, " day={}", day.0),
                    None => f.write_str(" whole"),
                }
            }
            Self::Strand {
                slot,
                workspace,
                anchor,
                strand,
            } => {
                write!(
                    f,
                    "{slot} strand workspace={} anchor={} strand={}",
                    workspace.0,
                    hex(&anchor.0),
                    hex(&strand.0)
                )
            }
            Self::StrandInteraction {
                slot,
                workspace,
                anchor,
                strand,
                time,
                row,
            } => {
                write!(
                    f,
                    "{slot} of strand workspace={} anchor={} strand={} time={time} row={}",
                    workspace.0,
                    hex(&anchor.0),
                    hex(&strand.0),
                    hex(&row.0)
                )
            }
            Self::Change { group, index, seq } => write!(f, "{group} change {index}.{seq}"),
            Self::Outbox { group, index, seq } => write!(f, "{group} outbox {index}.{seq}"),
            Self::Watermark { identity, from } => write!(f, "{identity} watermark of {from}"),
            Self::Identity {
                group,
                workspace,
                epoch,
                row,
            } => {
                write!(
                    f,
                    "{group} graph workspace={} epoch={epoch} {row:?}",
                    workspace.0
                )
            }
            Self::ProfileChange { group, index, seq } => {
                write!(f, "{group} profile change {index}.{seq}")
            }
            Self::ProfileFeed { group } => write!(f, "{group} profile feed"),
            Self::Workspace { id } => write!(f, "registry workspace {}", id.0),
            Self::WorkspaceName { name } => write!(f, "registry workspace name {}", hex(&name.0)),
            Self::AccessKey { digest } => write!(f, "registry access key {digest}"),
            Self::Setting { name } => write!(f, "registry setting {name}"),
            Self::Node { node } => write!(f, "registry node {node}"),
            Self::Slots { group } => write!(f, "{group} slots"),
        }
    }
}
