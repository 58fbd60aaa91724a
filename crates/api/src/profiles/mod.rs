//! The read side of the contract: profiles, timelines, explanations, facts, health.

mod changes;
mod evidence;
mod explanation;
mod export;
mod fact;
mod graph;
mod health;
mod interaction;
mod lookup;
mod profile;
mod rebuild;
mod rules;
mod score;
mod summary;

pub use changes::{ChangeCause, ChangeKind, ProfileChangeBody, ProfileChangesBody};
pub use evidence::{EvidenceLine, PartitionBody};
pub use explanation::{ExplanationBody, ExplanationVerdict, LinkBody, RefusalBody};
pub use export::ExportLine;
pub use fact::{FactBody, FactRequest, FactStatement, FactsBody};
pub use graph::{GraphBody, GraphNodeBody, OmittedBody, Share};
pub use health::{DiskBody, GroupBody, HealthBody};
pub use interaction::{InteractionBody, TimelinePage};
pub use lookup::{LookupAnswer, LookupBody, LookupRequest};
pub use profile::{
    ConsentBody, IdentifierBody, IdentifiersBody, PreferenceBody, ProfileBody, Section,
    SourcedTrait, TraitBody,
};
pub use rebuild::{RebuildBody, RebuildRequest};
pub use rules::{BuildingBody, EpochBody, RulesBody, RulesRequest, RulesTextBody};
pub use score::Thousandths;
pub use summary::{
    ActiveDaysBody, MoneyBody, SeenBody, SentimentBody, SentimentPoint, SpanBody, SurveyBody,
};
