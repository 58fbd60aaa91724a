//! The messages of a request as log entries: one command per group, cut where a bound is reached.

use std::collections::BTreeMap;

use acquaint_profile::{Interaction, Value, WorkspaceId};
use acquaint_storage::command::{IngestBatch, IngestMessage};
use acquaint_storage::{GroupId, Slot, SlotMap};

use super::gather::Batch;

/// About how many bytes one entry holds. The log, the network and the apply loop handle entries whole.
pub(super) const ENTRY_BYTES_MAX: usize = 1 << 20;
/// What a message weighs beside its values: ids, hashes, evidence.
const MESSAGE_BYTES: usize = 512;

/// The messages of one command, and where they stand in the request.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) group: GroupId,
    /// The number of the anchors group.
    pub(super) number: u16,
    pub(super) places: Vec<usize>,
    pub(super) batch: Batch,
}

/// Gathers messages by group.
pub(super) struct Entries {
    workspace: WorkspaceId,
    slot_map: SlotMap,
    messages_max: usize,
    open: BTreeMap<GroupId, Gathered>,
    full: Vec<Entry>,
}

#[derive(Default)]
struct Gathered {
    places: Vec<usize>,
    messages: Vec<IngestMessage>,
    bytes: usize,
}

impl Entries {
    pub(super) fn new(workspace: WorkspaceId, slot_map: SlotMap, messages_max: usize) -> Self {
        Self {
            workspace,
            slot_map,
            messages_max,
            open: BTreeMap::new(),
            full: Vec::new(),
        }
    }

    /// Adds the message at `place` of the request.
    pub(super) fn push(&mut self, place: usize, message: IngestMessage) {
        let group = self.slot_map.group_of(Slot::of(&message.anchor));
        let bytes = weight(&message.interaction);
        let gathered = self.open.entry(group).or_default();
        let full = gathered.messages.len() >= self.messages_max
            || gathered.bytes.saturating_add(bytes) > ENTRY_BYTES_MAX;
        if full && !gathered.messages.is_empty() {
            let whole = std::mem::take(gathered);
            self.full.push(entry(self.workspace, group, whole));
        }
        gathered.places.push(place);
        gathered.messages.push(message);
        gathered.bytes += bytes;
    }

    /// The entries, in the order of their messages within each group.
    pub(super) fn finish(self) -> Vec<Entry> {
        let workspace = self.workspace;
        let mut entries = self.full;
        let open = self.open.into_iter();
        entries.extend(open.map(|(group, gathered)| entry(workspace, group, gathered)));
        entries
    }
}

fn entry(workspace: WorkspaceId, group: GroupId, gathered: Gathered) -> Entry {
    let number = match group {
        GroupId::Anchors(number) => number,
        // The slot map gives slots to anchors groups only.
        GroupId::Registry | GroupId::Identity(_) => 0,
    };
    Entry {
        group,
        number,
        places: gathered.places,
        batch: Batch {
            messages: IngestBatch {
                workspace,
                messages: gathered.messages,
            },
            bytes: gathered.bytes,
        },
    }
}

fn weight(interaction: &Interaction) -> usize {
    let maps = [
        &interaction.traits,
        &interaction.properties,
        &interaction.context,
    ];
    let members = maps.into_iter().flatten();
    members
        .map(|(name, value)| name.len() + Value::size_bytes(value))
        .fold(MESSAGE_BYTES, usize::saturating_add)
}
