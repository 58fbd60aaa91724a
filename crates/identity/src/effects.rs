//! What the resolver decided: rows to write and profiles that changed. The caller does it, in one write batch.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{FactId, IdentifierId, RowKey, RowValue, StrandId};

/// What made profiles change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    /// New evidence of a strand.
    Strand(StrandId),
    /// Evidence of a strand that was taken back.
    Retracted(StrandId),
    /// An operator fact.
    Fact(FactId),
    /// The withdrawal of a fact.
    Undo(FactId),
    /// Work that was too much for the command that caused it.
    Step,
    /// Other rules, by their epoch.
    Rules(u32),
}

/// Profiles that share members before and after. A merge has fewer new ids than old ones, a split more; an id that stands
/// on both sides kept its name, and one profile with the same id on both sides gained or lost an identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProfileChange {
    /// The profile ids before; empty when all members are new.
    pub old: BTreeSet<IdentifierId>,
    /// The profile ids after; empty when all members are gone.
    pub new: BTreeSet<IdentifierId>,
    /// Why.
    pub cause: Cause,
}

/// A decision of the resolver.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// Rows to put, or to delete where the value is absent.
    pub writes: BTreeMap<RowKey, Option<RowValue>>,
    /// Profiles that changed, in order of their old ids.
    pub changes: Vec<ProfileChange>,
    /// True when work is left for [`crate::Resolver::step`].
    pub pending: bool,
}
