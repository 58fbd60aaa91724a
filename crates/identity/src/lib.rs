//! Who is who: the partition of identifiers into customers, as a pure function of a set of evidence.
//!
//! ```text
//! Evidence (strand, source) ─► exact counts ─► people: Kruskal under constraints ─► things: whose? ─► strands: whose?
//! Fact, undo ────────────────┘   (undoable)     profiles, candidates                 owners, by day     attribution
//! ```
//!
//! - The partition depends on the *set* of evidence and facts, never on the order, the batches or the duplicates in which
//!   they came. Work that is too much for one command waits as rows for [`Resolver::step`]; whenever none waits, the rows
//!   are a function of the set.
//! - Taking evidence or a fact back gives exactly the rows of never having had it (an undone fact keeps its own row).
//! - Nothing is done here: [`Resolver`] reads through a [`Reader`] and returns [`Effects`].
//! - No clock, no randomness, no IO, no floats, no hash-map iteration.

mod aggregate;
mod bucket;
mod build;
mod changes;
mod drain;
mod effects;
mod evidence;
mod explain;
mod explanation;
mod extent;
mod fact;
mod graph;
mod hexadecimal;
mod homes;
mod ids;
mod lookup;
mod mailbox;
mod marks;
mod memory;
mod operator;
mod partition;
mod people;
mod picture;
mod placement;
mod reader;
mod refusal;
mod region;
mod resolver;
mod row;
mod row_key;
mod rows;
mod rule_changes;
mod rules;
mod rules_file;
mod side;
mod sighting;
mod sources;
mod stage;
mod strands;
mod testimony;
mod things;
mod via;
mod view;
mod work;

pub use build::{Advance, Build, Taken};
pub use effects::{Cause, Effects, ProfileChange};
pub use evidence::{DAYS_MAX, Evidence, EvidenceIdentifier, TRAIT_VALUES_MAX, Trust};
pub use explanation::{
    Contradiction, Explanation, LinkRule, PICTURE_NODES_MAX, PICTURE_NODES_OF_RANK_MAX,
    PICTURE_REFUSED_MAX, Picture, PictureNode, Reason, Refused, Sighting, Step, Stopped,
};
pub use fact::{FACTS_PER_NODE_MAX, Fact, FactRow, Refusal, RevokedMessage, Statement, Undo};
pub use ids::{Day, FactId, IdentifierId, NodeId, Rank, Source, SourceId, StrandId, ValueId};
pub use memory::Memory;
pub use placement::{Class, DayRange, Placement, Run, Scope};
pub use reader::Reader;
pub use resolver::Resolver;
pub use row::{
    AttributionRow, Building, CandidateRow, EpochsRow, ExtentRow, IdentifierRow, Leaving, LinkRow,
    MemberRow, NodeRow, PendingRow, ProfileRow, RevokedRow, RowValue, RulesRow, TraitRow, ViaRow,
};
pub use row_key::{RowKey, RowPrefix, TraitKind};
pub use rule_changes::RuleChange;
pub use rules::{BlockedPattern, NamespaceRule, Rules, Sharing};
pub use rules_file::{RULES_BYTES_MAX, RulesError, STANDARD_RULES};
pub use stage::{LAYER_MAX, Stage};
pub use testimony::Testimony;
pub use view::{
    Candidate, EXTENT_ROWS_MAX, HubSide, IDENTIFIERS_SHOWN_MAX, Lookup, Member, MemberIdentifier,
    ProfileView, SHARERS_SHOWN_MAX, StrandPart,
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
