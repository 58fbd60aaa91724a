//! How an anchors machine takes interactions in.
//!
//! ```text
//! message ─► seen? ─ yes ─► duplicate: nothing changes, the outcome names the strand's last outbox row
//!              │ no
//!              ├─► seen mark, interaction row, its place in the strand, its part of the command's change row
//!              ├─► rollup of the anchor; when the anchor is weak, that of its day too
//!              └─► strand: evidence changed at all? ─► outbox row
//! ```
//!
//! - A message is (message id, strand). Its id under other identifiers of the same anchor is another message; both rows say so,
//!   whichever came first.
//! - Rollups and strands are read once per command and written once, at its end, however many messages touch them.
//! - One outbox row per (strand, source) and command, with the evidence as it is at the end of the command.
//! - What a command reads is fetched at once, before its first message is applied.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use acquaint_consensus::At;
use acquaint_identity::{Evidence, EvidenceIdentifier, Source, Testimony};
use acquaint_profile::{
    Flags, IdentifierId, Interaction, Monoid, Rollup, StrandId, Timestamp, WorkspaceId,
};
use acquaint_storage::command::{IngestBatch, IngestMessage, MessageOutcome};
use acquaint_storage::row::{
    Added, ChangeRow, FeedPosition, InteractionRow, OutboxRow, RollupRow, SeenRow,
    StrandInteractionRow, StrandRow,
};
use acquaint_storage::{Batch, Error, InteractionId, Key, MessageHash, Read, Slot};

use super::outbox;
use super::seen::{MessageAt, Met};

/// A command with fewer messages reads its rows one by one.
const FETCHED_MESSAGES_MIN: usize = 4;

/// What became of the messages of a command, and the rows that they have put into the outbox.
pub(super) type Ingested = (Vec<MessageOutcome>, Vec<(FeedPosition, OutboxRow)>);

/// One command at work.
pub(super) struct Ingest {
    at: At,
    workspace: WorkspaceId,
    added: Vec<Added>,
    rollups: BTreeMap<Key, Rollup>,
    strands: BTreeMap<Key, StrandRow>,
    /// The (strand, source) pairs whose evidence changed, with the number of their outbox row.
    outbox: BTreeMap<(Key, String), u32>,
}

/// Where a message belongs.
#[derive(Clone, Copy)]
struct Place {
    slot: Slot,
    anchor: IdentifierId,
    strand: StrandId,
    message: MessageHash,
    row: InteractionId,
}

impl Ingest {
    pub(super) fn new(at: At, workspace: WorkspaceId) -> Self {
        Self {
            at,
            workspace,
            added: Vec::new(),
            rollups: BTreeMap::new(),
            strands: BTreeMap::new(),
            outbox: BTreeMap::new(),
        }
    }

    /// Applies every message, in order, and gives their outcomes.
    pub(super) fn run(
        mut self,
        command: IngestBatch,
        batch: &mut Batch<'_>,
    ) -> Result<Ingested, Error> {
        let places: Vec<Place> = command.messages.iter().map(Place::of).collect();
        if places.len() >= FETCHED_MESSAGES_MIN {
            self.fetch(&places, &command.messages, batch)?;
        }
        let mut outcomes = Vec::with_capacity(places.len());
        for (place, message) in places.iter().zip(command.messages) {
            outcomes.push(self.message(*place, message, batch)?);
        }
        for (outcome, place) in outcomes.iter_mut().zip(&places) {
            let strand = self.strands.get(&self.strand_key(place));
            outcome.outbox = strand.and_then(|row| row.last_outbox);
        }
        Ok((outcomes, self.write(batch)))
    }

    /// Reads what the messages need, all at once.
    fn fetch(
        &self,
        places: &[Place],
        messages: &[IngestMessage],
        batch: &mut Batch<'_>,
    ) -> Result<(), Error> {
        let mut keys = BTreeSet::new();
        for (place, message) in places.iter().zip(messages) {
            keys.insert(self.strand_key(place));
            keys.insert(self.message_at(place).key(None));
            keys.extend(self.rollup_keys(place, &message.interaction, message.by_day));
        }
        batch.fetch(keys.iter())
    }

    fn message(
        &mut self,
        place: Place,
        message: IngestMessage,
        batch: &mut Batch<'_>,
    ) -> Result<MessageOutcome, Error> {
        let IngestMessage {
            mut interaction,
            by_day,
            identifiers,
            testimony,
            ..
        } = message;
        self.load_strand(&place, batch)?;
        let met = self.message_at(&place).met(place.strand, batch)?;
        if matches!(met, Met::Before(_)) {
            return Ok(MessageOutcome {
                duplicate: true,
                ..MessageOutcome::default()
            });
        }
        let time = interaction.time;
        let id_reused = self.mark_seen(&place, time, met, batch)?;
        if id_reused {
            interaction.flags |= Flags::ID_REUSED;
        }
        self.added.push(Added {
            anchor: place.anchor,
            strand: place.strand,
            time,
            row: place.row,
        });
        self.roll_up(&place, &interaction, by_day, batch)?;
        self.observe(&place, &interaction, identifiers, &testimony);
        batch.put(
            &self.interaction_key(&place, time),
            &InteractionRow {
                interaction,
                strand: place.strand,
                testimony,
                revoked_by: BTreeSet::new(),
            },
        );
        batch.put(
            &self.strand_interaction_key(&place, time),
            &StrandInteractionRow,
        );
        Ok(MessageOutcome {
            duplicate: false,
            id_reused,
            outbox: None,
        })
    }

    /// Marks a message as seen, and answers whether the anchor has met its id under other identifiers. The interaction that it
    /// met is marked too, so that the marks do not tell which came first.
    fn mark_seen(
        &self,
        place: &Place,
        time: Timestamp,
        met: Met,
        batch: &mut Batch<'_>,
    ) -> Result<bool, Error> {
        let at = self.message_at(place);
        let own = SeenRow {
            strand: place.strand,
            reused: false,
            time,
            row: place.row,
        };
        let Met::Otherwise(first) = met else {
            batch.put(&at.key(None), &own);
            return Ok(false);
        };
        let (front, behind) = if own.strand < first.strand {
            (own, first)
        } else {
            (first, own)
        };
        let row = |row: SeenRow, reused| SeenRow { reused, ..row };
        batch.put(&at.key(None), &row(front, true));
        batch.put(&at.key(Some(behind.strand)), &row(behind, false));
        // Where there are two already, the one that was met has its mark.
        if !first.reused {
            let met = Place {
                row: first.row,
                ..*place
            };
            let key = self.interaction_key(&met, first.time);
            if let Some(mut row) = batch.get::<InteractionRow>(&key)? {
                row.interaction.flags |= Flags::ID_REUSED;
                batch.put(&key, &row);
            }
        }
        Ok(true)
    }

    fn roll_up(
        &mut self,
        place: &Place,
        interaction: &Interaction,
        by_day: bool,
        batch: &Batch<'_>,
    ) -> Result<(), Error> {
        let own = Rollup::of(interaction);
        for key in self.rollup_keys(place, interaction, by_day) {
            match self.rollups.entry(key) {
                Entry::Occupied(mut rollup) => rollup.get_mut().merge(&own),
                Entry::Vacant(empty) => {
                    let row = batch.get::<RollupRow>(empty.key())?;
                    let mut rollup = row.map_or_else(Rollup::empty, |row| row.rollup);
                    rollup.merge(&own);
                    empty.insert(rollup);
                }
            }
        }
        Ok(())
    }

    /// The rollups that an interaction goes into: the whole one of its anchor, and that of its day where days are kept.
    fn rollup_keys(
        &self,
        place: &Place,
        interaction: &Interaction,
        by_day: bool,
    ) -> impl Iterator<Item = Key> + use<> {
        let of_day = by_day.then(|| Some(interaction.time.day()));
        let (slot, workspace, anchor) = (place.slot, self.workspace, place.anchor);
        let key = move |day| Key::Rollup {
            slot,
            workspace,
            anchor,
            day,
        };
        [None].into_iter().chain(of_day).map(key)
    }

    fn load_strand(&mut self, place: &Place, batch: &Batch<'_>) -> Result<(), Error> {
        if let Entry::Vacant(strand) = self.strands.entry(self.strand_key(place)) {
            let row = batch.get::<StrandRow>(strand.key())?;
            strand.insert(row.unwrap_or_default());
        }
        Ok(())
    }

    fn observe(
        &mut self,
        place: &Place,
        interaction: &Interaction,
        identifiers: Vec<EvidenceIdentifier>,
        testimony: &Testimony,
    ) {
        let key = self.strand_key(place);
        let strand = self.strands.entry(key.clone()).or_default();
        let source = &interaction.source;
        if !strand.sources.contains_key(source) {
            let silent = Evidence::new(
                acquaint_identity::StrandId(place.strand.0),
                Source(source.clone()),
                acquaint_identity::IdentifierId(place.anchor.0),
                identifiers,
            );
            strand.sources.insert(source.clone(), silent);
        }
        let Some(evidence) = strand.sources.get_mut(source) else {
            return;
        };
        let changed = evidence.hear(testimony);
        if changed {
            let next = u32::try_from(self.outbox.len()).unwrap_or(u32::MAX);
            let seq = *self.outbox.entry((key, source.clone())).or_insert(next);
            let position = FeedPosition {
                index: self.at.index,
                seq,
            };
            strand.last_outbox = strand.last_outbox.max(Some(position));
        }
    }

    /// Writes what was gathered: changes, rollups, strands that changed, and the outbox, whose rows it gives.
    fn write(self, batch: &mut Batch<'_>) -> Vec<(FeedPosition, OutboxRow)> {
        if !self.added.is_empty() {
            let key = Key::Change {
                group: self.at.group,
                index: self.at.index,
                seq: 0,
            };
            let (workspace, added) = (self.workspace, self.added);
            batch.put(&key, &ChangeRow { workspace, added });
        }
        for (key, rollup) in self.rollups {
            batch.put(&key, &RollupRow { rollup });
        }
        let mut rows = Vec::with_capacity(self.outbox.len());
        let mut written = None;
        for ((key, source), seq) in &self.outbox {
            let strand = &self.strands[key];
            // The sources of a strand follow each other.
            if written.replace(key) != Some(key) {
                batch.put(key, strand);
            }
            let evidence = strand.sources[source].clone();
            rows.push(outbox::put(self.at, *seq, self.workspace, evidence, batch));
        }
        rows
    }

    fn message_at(&self, place: &Place) -> MessageAt {
        MessageAt {
            workspace: self.workspace,
            anchor: place.anchor,
            message: place.message,
        }
    }

    fn interaction_key(&self, place: &Place, time: Timestamp) -> Key {
        Key::Interaction {
            slot: place.slot,
            workspace: self.workspace,
            anchor: place.anchor,
            time,
            row: place.row,
        }
    }

    fn strand_interaction_key(&self, place: &Place, time: Timestamp) -> Key {
        Key::StrandInteraction {
            slot: place.slot,
            workspace: self.workspace,
            anchor: place.anchor,
            strand: place.strand,
            time,
            row: place.row,
        }
    }

    fn strand_key(&self, place: &Place) -> Key {
        Key::Strand {
            slot: place.slot,
            workspace: self.workspace,
            anchor: place.anchor,
            strand: place.strand,
        }
    }
}

impl Place {
    fn of(message: &IngestMessage) -> Self {
        let (anchor, strand) = (message.anchor, message.strand);
        let hash = MessageHash::of(message.interaction.message_id.as_str());
        Self {
            slot: Slot::of(&anchor),
            anchor,
            strand,
            message: hash,
            row: InteractionId::of(hash, &strand),
        }
    }
}
