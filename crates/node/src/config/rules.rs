//! The file of identity rules that a workspace begins with.
//!
//! - It is read with the configuration, so that `config check` sees what a start would see.
//! - What it says depends on the workspace's namespaces, and is checked with them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use acquaint_identity::{RULES_BYTES_MAX, Rules, RulesError};
use acquaint_profile::Namespaces;
use serde::de::{Deserialize, Deserializer, Error};

/// A file of rules, as it was when the configuration was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesFile {
    path: PathBuf,
    text: String,
}

impl RulesFile {
    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it said.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The rules that it gives to a workspace with these namespaces.
    pub(crate) fn rules(&self, namespaces: &Namespaces) -> Result<Rules, RulesError> {
        Rules::parse(&self.text, &names(namespaces))
    }
}

/// The rules of a workspace that has no file of its own.
pub fn standard_rules(namespaces: &Namespaces) -> Rules {
    Rules::standard(&names(namespaces))
}

/// Namespaces as rules know them: name, and whether a person has one value; the strongest first.
pub(crate) fn names(namespaces: &Namespaces) -> Vec<(&str, bool)> {
    let specs = namespaces.iter();
    specs
        .map(|spec| (spec.name.as_str(), spec.exclusive))
        .collect()
}

impl<'de> Deserialize<'de> for RulesFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = PathBuf::deserialize(deserializer)?;
        let text = read(&path).map_err(|error| {
            D::Error::custom(format!("cannot read the rules {}: {error}", path.display()))
        })?;
        Ok(Self { path, text })
    }
}

/// Reads no more than rules may have: what is longer is refused when it is parsed.
fn read(path: &Path) -> std::io::Result<String> {
    let bytes_max = RULES_BYTES_MAX as u64 + 1;
    let mut text = String::new();
    File::open(path)?
        .take(bytes_max)
        .read_to_string(&mut text)?;
    Ok(text)
}
