//! Who is who: the partition of identifiers into customers, as a pure function of a set of evidence.
//!
//! ```text
//! Evidence (strand, source) ─► counts on rows ─► raw component ─► Kruskal under constraints ─► profiles, candidates
//! Fact, undo ────────────────┘   (exact, undoable)  (no hubs, no blocked)   (canonical order)
//! ```
//!
//! - The partition depends on the *set* of evidence and facts, never on the order, the batches or the duplicates in which
//!   they came. Only a component past its bound departs from this, and says so (`pending`).
//! - Taking evidence or a fact back gives exactly the rows of never having had it (an undone fact keeps its own row).
//! - Nothing is done here: [`Resolver`] reads through a [`Reader`] and returns [`Effects`].
//! - No clock, no randomness, no IO, no floats, no hash-map iteration.

mod aggregate;
mod assign;
mod component;
mod effects;
mod evidence;
mod explain;
mod explanation;
mod fact;
mod graph;
mod hexadecimal;
mod ids;
mod lookup;
mod memory;
mod partition;
mod reader;
mod repair;
mod resolver;
mod row;
mod rules;
mod side;
mod standard;
mod testimony;
mod view;

pub use effects::{Cause, Effects, ProfileChange};
pub use evidence::{Evidence, EvidenceIdentifier, SAMPLES_MAX, TRAIT_VALUES_MAX, Trust};
pub use explanation::{Explanation, LinkRule, Reason, Refused, Step, Stopped};
pub use fact::{FACTS_PER_NODE_MAX, Fact, FactRow, Refusal, RevokedMessage, Statement, Undo};
pub use ids::{Day, FactId, IdentifierId, NodeId, Rank, Source, SourceId, StrandId, ValueId};
pub use memory::Memory;
pub use reader::Reader;
pub use resolver::Resolver;
pub use row::{
    CandidateRow, IdentifierRow, LinkRow, MemberRow, NodeRow, ProfileRow, RowKey, RowPrefix,
    RowValue, TraitKind, TraitRow,
};
pub use rules::{BlockedPattern, NamespaceRule, Rules};
pub use testimony::Testimony;
pub use view::{
    Candidate, HubSide, IDENTIFIERS_SHOWN_MAX, Lookup, Member, MemberIdentifier, ProfileView,
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
