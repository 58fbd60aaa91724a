//! Properties of every world, over random scripts.
//!
//! - A property is a way to draw scripts ([`random`]); what must hold at each of their checks is the same for all ([`run`]):
//!   the rows are those of computing all at once, their counts are exact, nobody vanished ([`coverage`]), and an oracle that
//!   knows nothing of the engine finds every refusal on record and nobody with two logins without a reason ([`oracle`]).
//! - Every test here but those in [`found`] is a property; `make graphs GRAPHS=100000` deals so many scripts out to them.

mod build;
mod convergence;
mod coverage;
mod explained;
mod found;
mod hubs;
mod oracle;
mod random;
mod run;
mod script;
mod seeds;
mod shrink;
mod taking_back;

pub(crate) use coverage::everybody_is_found;
