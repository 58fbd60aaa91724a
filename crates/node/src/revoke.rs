//! Taking one message's word about identity back.
//!
//! ```text
//! put_fact ─► where the message stands ─► the fact is on record ─► each anchor derives its evidence again ─► identity
//! ```
//!
//! - The fact is on record before anything is done about it, so that whatever a crash leaves can be undone by its id.
//! - When this returns, lookups show it.

use std::collections::BTreeSet;

use acquaint_api::ErrorCode;
use acquaint_identity::{EvidenceIdentifier, FactId, Reader, RowKey, RowPrefix, RowValue};
use acquaint_profile::{IdentifierId, StrandId};
use acquaint_storage::command::{AnchorsCommand, AnchorsOutcome, RevokeMessage};
use acquaint_storage::row::SeenRow;
use acquaint_storage::{Graph, GroupId, KeyRange, MessageHash, Order, Read, Slot};

use crate::proposing::propose;
use crate::workspaces::Workspace;
use crate::{Error, Node};

/// Pieces of evidence of an identifier that are looked through for a message.
const EVIDENCE_SEARCHED_MAX: usize = 10_000;
/// Sets of identifiers under which one message id may have come.
const STRANDS_MAX: usize = 16;

/// An anchor and a set of identifiers under it.
type Place = (acquaint_identity::IdentifierId, acquaint_identity::StrandId);

impl Node {
    /// Where a message stands that came with this identifier, perhaps among others.
    pub(crate) fn find_message(
        &self,
        workspace: &Workspace,
        identifier: &EvidenceIdentifier,
        message_id: &str,
    ) -> Result<BTreeSet<Place>, Error> {
        let (view, serving) = self.serving(workspace)?;
        let message = MessageHash::of(message_id);
        let strands_of = |anchor: IdentifierId| {
            let range = KeyRange::seen(workspace.id, &anchor, message);
            view.scan::<SeenRow>(&range, Order::Ascending, STRANDS_MAX)
        };
        let mut places = BTreeSet::new();
        for (_, row) in strands_of(IdentifierId(identifier.id.0))? {
            places.insert((identifier.id, strand(&row)));
        }
        let graph = Graph::new(&view, serving.standing.place);
        let prefix = RowPrefix::NodeEvidence(identifier.node);
        let found = graph.scan(&prefix, None, EVIDENCE_SEARCHED_MAX)?;
        let mut anchors = BTreeSet::new();
        let mut strands = BTreeSet::new();
        for (key, _) in &found {
            if let RowKey::NodeEvidence { strand, source, .. } = *key
                && let Some(RowValue::Evidence(evidence)) =
                    graph.get(&RowKey::Evidence { strand, source })?
            {
                anchors.insert(evidence.anchor);
                strands.insert(strand);
            }
        }
        for anchor in anchors {
            for (_, row) in strands_of(IdentifierId(anchor.0))? {
                places.extend(strands.get(&strand(&row)).map(|strand| (anchor, *strand)));
            }
        }
        if places.is_empty() {
            let advice = if found.len() == EVIDENCE_SEARCHED_MAX {
                "; so much is known of it that not all was looked through: name the strongest identifier of the message"
            } else {
                ""
            };
            let message = format!("no message with this id came with this identifier{advice}");
            return Err(Error::refused(ErrorCode::InvalidRequest, message));
        }
        Ok(places)
    }

    /// Lets a message say nothing about identity any more because of this fact, or lets it speak as far as this fact is
    /// concerned.
    pub(crate) async fn revoke_message(
        &self,
        workspace: &Workspace,
        (anchor, strand): Place,
        message_id: &str,
        fact: FactId,
        revoked: bool,
    ) -> Result<(), Error> {
        let anchor = IdentifierId(anchor.0);
        let id = self.slot_map().group_of(Slot::of(&anchor));
        let command = AnchorsCommand::Revoke(RevokeMessage {
            workspace: workspace.id,
            anchor,
            strand: StrandId(strand.0),
            message: MessageHash::of(message_id),
            fact,
            revoked,
        });
        let group = self.group(id)?;
        let settled = propose(self.store(), group, &command).await?;
        match settled.outcome {
            AnchorsOutcome::Revoked { outbox } => {
                if let (GroupId::Anchors(number), Some(place)) = (id, outbox) {
                    self.wait_identity(number, place).await?;
                }
                Ok(())
            }
            AnchorsOutcome::NotRevoked(reason) => Err(Error::refused(
                ErrorCode::InvalidRequest,
                reason.to_string(),
            )),
            other => Err(Error::Inconsistent(format!(
                "the revocation of a message was answered with {other:?}"
            ))),
        }
    }
}

fn strand(row: &SeenRow) -> acquaint_identity::StrandId {
    acquaint_identity::StrandId(row.strand.0)
}
