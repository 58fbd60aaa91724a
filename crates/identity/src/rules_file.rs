//! Rules as people write them: `config/identity.toml` and files that change parts of it.
//!
//! ```text
//! a file ──laid over──► config/identity.toml ─► checked, by kind ─► compiled for the workspace's namespaces: Rules
//! ```
//!
//! - The standard file is the only place where a number of the rules stands. What a file leaves out is as there.
//! - An unknown key and a value out of range are errors: a misspelt cap must not quietly become the standard one.
//! - Every list, number and pattern has a limit; rules are replicated, and read with every command.

mod bounds;
mod by_kind;
mod compile;
mod error;
mod sections;

use std::sync::LazyLock;

use toml::{Table, Value};

use crate::Rules;
use error::Place;
use sections::RulesFile;

pub use error::RulesError;

/// Bytes of a file. The standard one has a sixteenth of it.
pub const RULES_BYTES_MAX: usize = 256 * 1024;

/// The text of the standard rules: `config/identity.toml`.
pub const STANDARD_RULES: &str = include_str!("../../../config/identity.toml");

static STANDARD: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(STANDARD_RULES).expect("the standard rules are TOML"));

impl Rules {
    /// The standard rules for namespaces given as (name, exclusive), the strongest first.
    #[must_use]
    pub fn standard(namespaces: &[(&str, bool)]) -> Self {
        Self::parse("", namespaces).expect("the standard rules are valid")
    }

    /// The rules that a file gives to a workspace with these namespaces, given as (name, exclusive), the strongest
    /// first. What the file leaves out is as in the standard rules.
    ///
    /// # Errors
    /// When the file is not understood, or holds what is not allowed. The error names the key, and the line if it has one.
    pub fn parse(text: &str, namespaces: &[(&str, bool)]) -> Result<Self, RulesError> {
        if text.len() > RULES_BYTES_MAX {
            let message =
                format!("rules have at most {RULES_BYTES_MAX} bytes, and these have more");
            return Err(RulesError::whole(message));
        }
        let given: Table =
            toml::from_str(text).map_err(|error| RulesError::syntax(text, &error))?;
        let known = known_namespaces(&given, namespaces);
        let mut whole = STANDARD.clone();
        lay_over(&mut whole, given);
        let file: Result<RulesFile, _> = serde_path_to_error::deserialize(whole);
        let compiled = match file {
            Ok(file) => known.and_then(|()| compile::compile(&file, namespaces)),
            Err(error) => Err(Place::of(&error)),
        };
        compiled.map_err(|place| place.in_text(text))
    }
}

/// Keys of the upper table take the place of those of the lower one, section by section. A list is replaced as a whole.
fn lay_over(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => drop(lower.insert(key, value)),
        }
    }
}

/// Refuses a namespace that neither the workspace nor the standard file has: it is misspelt.
fn known_namespaces(given: &Table, namespaces: &[(&str, bool)]) -> Result<(), Place> {
    let named = |table: &Table| table.get("namespaces").and_then(Value::as_table).cloned();
    let standard = named(&STANDARD).unwrap_or_default();
    for name in named(given).unwrap_or_default().keys() {
        let is_known = namespaces.iter().any(|(known, _)| known == name);
        if !is_known && !standard.contains_key(name) {
            let all: Vec<&str> = namespaces.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "the workspace has no such namespace; it has {}",
                all.join(", ")
            );
            return Err(Place::at(format!("namespaces.{name}"), message));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
