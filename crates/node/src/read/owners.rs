//! Whose an interaction is, found from the interaction: by its anchor, its strand and its day.
//!
//! ```text
//! anchor ─► node ─► who holds it on the day                          ─► their profile
//!             └ nobody ─► its strand ─► who holds that on the day ────┘
//! ```
//!
//! - What nobody holds is the thing's own profile's: whatever identity knows the anchor of is somebody's.
//! - Point reads only. Interactions of an anchor stand together, so what was found is kept for the next one.

use std::collections::BTreeMap;

use acquaint_identity::{
    IdentifierId, NodeId, Placement, Reader, RowKey, RowValue, Scope, StrandId,
};
use acquaint_profile::Day;

use super::reading::Reading;
use super::render;
use crate::Error;

/// Holders and strands of one anchor that are remembered.
const KEPT_MAX: usize = 4_096;

type Holders = BTreeMap<NodeId, Scope>;

/// The owners under the anchor that was asked for last.
#[derive(Default)]
pub(crate) struct Owners {
    anchor: Option<IdentifierId>,
    /// The node of the anchor and who holds it; absent when identity does not know it.
    node: Option<(NodeId, Holders)>,
    strands: BTreeMap<StrandId, Holders>,
    profiles: BTreeMap<NodeId, Option<String>>,
}

impl Owners {
    /// The id of the profile that an interaction belongs to; absent when identity knows nothing of its anchor.
    pub(crate) fn of(
        &mut self,
        reading: &Reading<'_>,
        anchor: acquaint_profile::IdentifierId,
        strand: acquaint_profile::StrandId,
        day: Day,
    ) -> Result<Option<String>, Error> {
        self.turn_to(reading, IdentifierId(anchor.0))?;
        let Some((node, holders)) = &self.node else {
            return Ok(None);
        };
        let node = *node;
        let by_strand = holders.values().any(|scope| *scope == Scope::Strands);
        let holders = if by_strand {
            let strand = StrandId(strand.0);
            if !self.strands.contains_key(&strand) {
                let found = holders_of_strand(reading, strand)?;
                keep(&mut self.strands, strand, found);
            }
            self.strands.get(&strand)
        } else {
            Some(holders)
        };
        let day = acquaint_identity::Day(day.0);
        let holder = holders.into_iter().flatten();
        let holder = holder
            .filter(|(_, scope)| scope.contains(day))
            .map(|(holder, _)| *holder)
            .next()
            .unwrap_or(node);
        if let Some(found) = self.profiles.get(&holder) {
            return Ok(found.clone());
        }
        let found = profile_of(reading, holder)?;
        keep(&mut self.profiles, holder, found.clone());
        Ok(found)
    }

    fn turn_to(&mut self, reading: &Reading<'_>, anchor: IdentifierId) -> Result<(), Error> {
        if self.anchor == Some(anchor) {
            return Ok(());
        }
        *self = Self {
            anchor: Some(anchor),
            ..Self::default()
        };
        let rows = reading.rows();
        if let Some(RowValue::Identifier(row)) = rows.get(&RowKey::Identifier { id: anchor })?
            && let Some(RowValue::Node(of_node)) = rows.get(&RowKey::Node { node: row.node })?
        {
            self.node = Some((row.node, of_node.homes.clone()));
        }
        Ok(())
    }
}

fn keep<K: Ord, V>(kept: &mut BTreeMap<K, V>, key: K, value: V) {
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(key, value);
}

fn holders_of_strand(reading: &Reading<'_>, strand: StrandId) -> Result<Holders, Error> {
    let row = reading.rows().get(&RowKey::Attribution { strand })?;
    Ok(match row {
        Some(RowValue::Attribution(row)) => row.holders.clone(),
        // Not worked in yet, or revoked.
        _ => Holders::new(),
    })
}

/// The profile that a node makes, belongs to, or is by itself.
fn profile_of(reading: &Reading<'_>, node: NodeId) -> Result<Option<String>, Error> {
    let rows = reading.rows();
    let placement = |node| -> Result<Option<Placement>, Error> {
        Ok(match rows.get(&RowKey::Node { node })? {
            Some(RowValue::Node(row)) => Some(row.placement.clone()),
            _ => None,
        })
    };
    let person = match placement(node)? {
        Some(Placement::Owned { owner, .. }) => owner,
        _ => node,
    };
    let root = match placement(person)? {
        Some(Placement::Person { root }) => root,
        _ => person,
    };
    Ok(match rows.get(&RowKey::Profile { root })? {
        Some(RowValue::Profile(row)) => Some(render::profile_id(row.canonical)),
        _ => None,
    })
}
