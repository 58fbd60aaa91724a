//! The commands of the anchors groups, and their outcomes.

use acquaint_identity as identity;
use acquaint_profile::IdentifierId;
use acquaint_storage::{
    MessageHash, Slot, SlotMap,
    command::{
        AnchorsCommand, AnchorsOutcome, IngestBatch, IngestMessage, MessageOutcome, NotRevoked,
        ReemitStrands, RevokeMessage, StrandPlace,
    },
};

use super::{POSITION, STRAND, WORKSPACE};

const PLACE: StrandPlace = StrandPlace {
    anchor: IdentifierId([0x11; 16]),
    strand: STRAND,
};

pub(crate) fn commands() -> Vec<(&'static str, AnchorsCommand)> {
    let message = IngestMessage {
        interaction: super::tracked(),
        by_day: true,
        strand: STRAND,
        anchor: PLACE.anchor,
        identifiers: super::evidence().identifiers,
        testimony: super::testimony(),
    };
    let revoke = RevokeMessage {
        workspace: WORKSPACE,
        anchor: PLACE.anchor,
        strand: STRAND,
        message: MessageHash([0xB2; 16]),
        fact: identity::FactId([0xFA; 16]),
        revoked: true,
    };
    let reemit = ReemitStrands {
        workspace: WORKSPACE,
        first: Slot::new(0x0400).unwrap(),
        last: Slot::new(0x07FF).unwrap(),
        after: Some(PLACE),
    };
    let ingest = IngestBatch {
        workspace: WORKSPACE,
        messages: vec![message],
    };
    let through = POSITION;
    vec![
        ("ingest", AnchorsCommand::Ingest(ingest)),
        ("trim-outbox", AnchorsCommand::TrimOutbox { through }),
        ("trim-changes", AnchorsCommand::TrimChanges { through }),
        ("revoke", AnchorsCommand::Revoke(revoke)),
        ("reemit", AnchorsCommand::Reemit(reemit)),
        ("set-slots", AnchorsCommand::SetSlots(SlotMap::new(16))),
    ]
}

pub(crate) fn outcomes() -> Vec<(&'static str, AnchorsOutcome)> {
    let outbox = Some(POSITION);
    let message = MessageOutcome {
        duplicate: true,
        id_reused: false,
        outbox,
    };
    let refused = AnchorsOutcome::NotRevoked(NotRevoked::TooManyFacts);
    let reemitted = AnchorsOutcome::Reemitted {
        strands: 1_000,
        outbox,
        next: Some(PLACE),
    };
    vec![
        (
            "ingested",
            AnchorsOutcome::Ingested(vec![MessageOutcome::default(), message]),
        ),
        ("trimmed", AnchorsOutcome::Trimmed),
        ("revoked", AnchorsOutcome::Revoked { outbox }),
        ("not-revoked", refused),
        ("reemitted", reemitted),
        ("slots-set", AnchorsOutcome::SlotsSet),
        ("not-owner", AnchorsOutcome::NotOwner { version: 300 }),
    ]
}
