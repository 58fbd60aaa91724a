//! How an anchors machine takes interactions in.
//!
//! ```text
//! message ─► seen? ─ yes ─► duplicate: nothing changes, the outcome names the strand's last outbox row
//!              │ no
//!              ├─► seen mark, interaction row, its place in the strand, change row
//!              ├─► rollup of the anchor (of its day, when the anchor is weak)
//!              └─► strand: evidence changed at all? ─► outbox row
//! ```
//!
//! - A message is (message id, strand). Its id under other identifiers of the same anchor is another message; both rows say so,
//!   whichever came first.
//! - Rollups and strands are read once per command and written once, at its end, however many messages touch them.
//! - One outbox row per (strand, source) and command, with the evidence as it is at the end of the command.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use acquaint_consensus::At;
use acquaint_identity::{Evidence, EvidenceIdentifier, Source, Testimony};
use acquaint_profile::{
    Flags, IdentifierId, Interaction, Monoid, Rollup, StrandId, Timestamp, WorkspaceId,
};
use acquaint_storage::command::{IngestBatch, IngestMessage, MessageOutcome};
use acquaint_storage::row::{
    ChangeRow, FeedPosition, InteractionRow, RollupRow, SeenRow, StrandInteractionRow, StrandRow,
};
use acquaint_storage::{
    Batch, Error, InteractionId, Key, KeyRange, MessageHash, Order, Read, Slot,
};

use super::outbox;

/// One command at work.
pub(super) struct Ingest {
    at: At,
    workspace: WorkspaceId,
    changes: u32,
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
            changes: 0,
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
    ) -> Result<Vec<MessageOutcome>, Error> {
        let mut outcomes = Vec::with_capacity(command.messages.len());
        let mut strands = Vec::with_capacity(command.messages.len());
        for message in command.messages {
            let place = Place::of(&message);
            strands.push(self.strand_key(&place));
            outcomes.push(self.message(place, message, batch)?);
        }
        self.write(batch);
        for (outcome, strand) in outcomes.iter_mut().zip(&strands) {
            outcome.outbox = self.strands.get(strand).and_then(|row| row.last_outbox);
        }
        Ok(outcomes)
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
        let seen = self.seen_key(&place);
        if batch.contains(&seen)? {
            return Ok(MessageOutcome {
                duplicate: true,
                ..MessageOutcome::default()
            });
        }
        let id_reused = self.mark_reuse(&place, batch)?;
        if id_reused {
            interaction.flags |= Flags::ID_REUSED;
        }
        let time = interaction.time;
        batch.put(
            &seen,
            &SeenRow {
                time,
                row: place.row,
            },
        );
        self.change(&place, &interaction, batch);
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

    /// Whether the anchor has met the message id under other identifiers. The one that it met is marked too, so that the
    /// marks do not tell which came first.
    fn mark_reuse(&self, place: &Place, batch: &mut Batch<'_>) -> Result<bool, Error> {
        let range = KeyRange::seen(self.workspace, &place.anchor, place.message);
        // Where there are two already, both have their mark.
        let others: Vec<(Key, SeenRow)> = batch.scan(&range, Order::Ascending, 2)?;
        if let [(_, other)] = others.as_slice() {
            let met = Place {
                row: other.row,
                ..*place
            };
            let key = self.interaction_key(&met, other.time);
            if let Some(mut row) = batch.get::<InteractionRow>(&key)? {
                row.interaction.flags |= Flags::ID_REUSED;
                batch.put(&key, &row);
            }
        }
        Ok(!others.is_empty())
    }

    fn change(&mut self, place: &Place, interaction: &Interaction, batch: &mut Batch<'_>) {
        let key = Key::Change {
            group: self.at.group,
            index: self.at.index,
            seq: self.changes,
        };
        self.changes += 1;
        batch.put(
            &key,
            &ChangeRow {
                workspace: self.workspace,
                anchor: place.anchor,
                strand: place.strand,
                time: interaction.time,
                row: place.row,
            },
        );
    }

    fn roll_up(
        &mut self,
        place: &Place,
        interaction: &Interaction,
        by_day: bool,
        batch: &Batch<'_>,
    ) -> Result<(), Error> {
        let key = Key::Rollup {
            slot: place.slot,
            workspace: self.workspace,
            anchor: place.anchor,
            day: by_day.then(|| interaction.time.day()),
        };
        let own = Rollup::of(interaction);
        if let Some(rollup) = self.rollups.get_mut(&key) {
            rollup.merge(&own);
            return Ok(());
        }
        let mut rollup = match batch.get::<RollupRow>(&key)? {
            Some(row) => row.rollup,
            None => Rollup::empty(),
        };
        rollup.merge(&own);
        self.rollups.insert(key, rollup);
        Ok(())
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
        let source = interaction.source.clone();
        let evidence = strand.sources.entry(source.clone()).or_insert_with(|| {
            let (strand, anchor) = (place.strand.0, place.anchor.0);
            Evidence::new(
                acquaint_identity::StrandId(strand),
                Source(source.clone()),
                acquaint_identity::IdentifierId(anchor),
                identifiers,
            )
        });
        let changed = evidence.hear(interaction.message_id.as_str(), testimony);
        if changed {
            let next = u32::try_from(self.outbox.len()).unwrap_or(u32::MAX);
            let seq = *self.outbox.entry((key, source)).or_insert(next);
            let position = FeedPosition {
                index: self.at.index,
                seq,
            };
            strand.last_outbox = strand.last_outbox.max(Some(position));
        }
    }

    /// Writes what was gathered: rollups and strands that changed, and the outbox.
    fn write(&self, batch: &mut Batch<'_>) {
        for (key, rollup) in &self.rollups {
            batch.put(
                key,
                &RollupRow {
                    rollup: rollup.clone(),
                },
            );
        }
        let changed: BTreeSet<&Key> = self.outbox.keys().map(|(strand, _)| strand).collect();
        for strand in changed {
            batch.put(strand, &self.strands[strand]);
        }
        for ((strand, source), seq) in &self.outbox {
            let evidence = self.strands[strand].sources[source].clone();
            outbox::put(self.at, *seq, self.workspace, evidence, batch);
        }
    }

    fn seen_key(&self, place: &Place) -> Key {
        Key::Seen {
            slot: place.slot,
            workspace: self.workspace,
            anchor: place.anchor,
            message: place.message,
            strand: place.strand,
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
