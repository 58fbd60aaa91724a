//! Identifiers, interactions, and the algebra that folds them into profiles.
//!
//! This is the part of Acquaint that must give the same answer everywhere and for ever. It is pure: no clock, no
//! randomness, no IO, no floats, no iteration over hash maps (`clippy.toml` refuses them), and no other crate of ours.
//!
//! - [`Identifier`]: a namespace and a value in *canonical form*. The form is frozen, because ids and with them the place
//!   of every row depend on it. [`MatchingKey`] is what all spellings of an identifier share; it may change with an
//!   epoch of identity rules.
//! - [`Interaction`]: a message with everything settled that is not in the message itself. Its *anchor* (the strongest
//!   identifier) says where it is stored, its *strand* (the exact set) what it says about identity.
//! - [`Rollup`]: the sum of interactions, a commutative [`Monoid`]. Order, batching and grouping cannot show in it.
//! - [`fold`]: the sum of rollups is a [`Profile`].
//!
//! ```text
//!               canonical form          HMAC under the workspace's secret
//! raw value ──► Identifier ───────────► IdentifierId ──► anchor, strand, ProfileId
//!                   │ rule of an epoch
//!                   └─────► MatchingKey ──► KeyId ──► node of the identity graph
//!
//! Interaction ──► Rollup ──(merge)──► Rollup ──(fold)──► Profile
//! ```
#![warn(clippy::float_arithmetic)]

mod canonical;
mod channel;
mod decimal;
mod digest;
mod error;
mod flags;
mod identifier;
mod identifiers;
mod interaction;
mod kind;
mod matching;
mod message_id;
mod money;
mod monoid;
mod namespace;
mod namespaces;
mod profile;
mod profile_id;
pub mod rollup;
mod timestamp;
mod value;
mod workspace;

pub use channel::Channel;
pub use digest::{IdentifierId, KeyId, StrandId, strand_id};
pub use error::Error;
pub use flags::Flags;
pub use identifier::Identifier;
pub use identifiers::Identifiers;
pub use interaction::Interaction;
pub use kind::Kind;
pub use matching::MatchingKey;
pub use message_id::MessageId;
pub use money::{Currency, Money, Thousandths};
pub use monoid::{Monoid, Semilattice};
pub use namespace::{Form, Namespace, NamespaceSpec, Strength};
pub use namespaces::{CustomNamespace, Namespaces};
pub use profile::{Profile, fold};
pub use profile_id::ProfileId;
pub use rollup::Rollup;
pub use timestamp::{Day, Timestamp};
pub use value::{AsJson, Value};
pub use workspace::{Region, WorkspaceId, WorkspaceSecret};
