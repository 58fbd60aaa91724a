//! Workspaces in the configuration: their namespaces and rules, and the keys and tokens that may call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use acquaint_identity::{Rules, RulesError, STANDARD_RULES};
use acquaint_profile::{CustomNamespace, Form, Interaction, NamespaceSpec, Namespaces, Strength};
use serde::Deserialize;

use super::bounds::{name, region};
use super::rules::{RulesFile, standard_rules};
use super::secret::Secret;

/// One tenant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceConfig {
    /// How it is called in logs and metrics; a workspace is recognised by it at the next start.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// 64 hexadecimal digits that key its identifier hashes; without it, a random one is made once and kept in the store.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Region that national phone numbers are read in.
    #[serde(default = "default_region", deserialize_with = "region")]
    pub region: String,
    /// Namespaces beside the built-in ones; fixed when the workspace is made.
    #[serde(default, rename = "namespace")]
    pub namespaces: Vec<NamespaceConfig>,
    /// The file of identity rules that it begins with; without it, the standard ones.
    #[serde(default)]
    pub identity_rules: Option<RulesFile>,
    /// Keys of the tracking API: they can write, and nothing else.
    #[serde(default, rename = "write_key")]
    pub write_keys: Vec<WriteKeyConfig>,
    /// Tokens of the rest of the API.
    #[serde(default, rename = "token")]
    pub tokens: Vec<TokenConfig>,
}

fn default_region() -> String {
    "US".to_owned()
}

impl WorkspaceConfig {
    /// The bytes of the configured secret, if one is configured.
    pub fn secret_bytes(&self) -> Option<[u8; 32]> {
        hexadecimal_32(self.secret.as_ref()?.expose())
    }

    /// The built-in namespaces and its own.
    pub fn all_namespaces(&self) -> Result<Namespaces, acquaint_profile::Error> {
        let own: Result<Vec<_>, _> = self
            .namespaces
            .iter()
            .map(NamespaceConfig::custom)
            .collect();
        own.and_then(Namespaces::with_custom)
    }

    /// The text of the identity rules that it begins with.
    pub(crate) fn rules_text(&self) -> &str {
        self.identity_rules
            .as_ref()
            .map_or(STANDARD_RULES, RulesFile::text)
    }

    /// The identity rules that it begins with: those of its file, else the standard ones.
    pub fn rules(&self, namespaces: &Namespaces) -> Result<Rules, RulesError> {
        match &self.identity_rules {
            Some(file) => file.rules(namespaces),
            None => Ok(standard_rules(namespaces)),
        }
    }
}

fn hexadecimal_32(text: &str) -> Option<[u8; 32]> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()?;
    bytes.try_into().ok()
}

/// A namespace of identifiers that a workspace adds to the built-in ones.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamespaceConfig {
    /// Its name, as in `name:value`.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// Whether its values belong to one person for ever.
    pub strength: NamespaceStrength,
    /// How its values are made canonical.
    #[serde(default)]
    pub form: NamespaceForm,
    /// Whether a person has at most one value.
    #[serde(default)]
    pub exclusive: bool,
    /// The namespace that it comes right after in the order of strength.
    pub after: String,
}

impl NamespaceConfig {
    fn custom(&self) -> Result<CustomNamespace, acquaint_profile::Error> {
        Ok(CustomNamespace {
            spec: NamespaceSpec {
                name: self.name.parse()?,
                strength: match self.strength {
                    NamespaceStrength::Strong => Strength::Strong,
                    NamespaceStrength::Weak => Strength::Weak,
                },
                form: match self.form {
                    NamespaceForm::Verbatim => Form::Verbatim,
                    NamespaceForm::Email => Form::Email,
                    NamespaceForm::Phone => Form::Phone,
                    NamespaceForm::CaseFolded => Form::CaseFolded,
                    NamespaceForm::Uuid => Form::Uuid,
                },
                exclusive: self.exclusive,
            },
            after: Some(self.after.parse()?),
        })
    }
}

/// Whether a value belongs to one person for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamespaceStrength {
    /// It does.
    Strong,
    /// It changes hands: rollups are kept per day.
    Weak,
}

/// How the values of a namespace are made canonical.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamespaceForm {
    /// As given.
    #[default]
    Verbatim,
    /// An address: lower case.
    Email,
    /// A number: without punctuation.
    Phone,
    /// Case folded.
    CaseFolded,
    /// A UUID: lower case, hyphenated.
    Uuid,
}

/// A key of the tracking API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteKeyConfig {
    /// The key itself.
    pub key: Secret,
    /// How it is called in metrics and as a source of evidence; `write-key-<n>` without.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether strangers can read it (browsers, apps) or only servers hold it.
    #[serde(default)]
    pub trust: TrustClass,
}

impl WriteKeyConfig {
    /// The name of what comes by it, where `number` is its place in the list, from 1.
    pub(crate) fn source(&self, number: usize) -> String {
        let unnamed = || format!("write-key-{number}");
        self.name.clone().unwrap_or_else(unnamed)
    }
}

/// Who holds a write key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustClass {
    /// Browsers and apps: anyone can read it there.
    #[default]
    Public,
    /// Servers only.
    Server,
}

/// A token of the API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// The token itself, sent as `Authorization: Bearer <token>`.
    pub token: Secret,
    /// How it is called in logs and as the author of facts; `token-<n>` without.
    #[serde(default)]
    pub name: Option<String>,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
}

impl TokenConfig {
    /// The name of what comes by it, where `number` is its place in the list, from 1.
    pub(crate) fn source(&self, number: usize) -> String {
        let unnamed = || format!("token-{number}");
        self.name.clone().unwrap_or_else(unnamed)
    }
}

/// Something that a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Scope {
    /// Send interactions.
    #[serde(rename = "ingest")]
    Ingest,
    /// Look profiles up.
    #[serde(rename = "profiles:read")]
    ProfilesRead,
    /// List operator facts.
    #[serde(rename = "facts:read")]
    FactsRead,
    /// Add and undo operator facts.
    #[serde(rename = "facts:write")]
    FactsWrite,
    /// Read everything.
    #[serde(rename = "export")]
    Export,
    /// Operate the node.
    #[serde(rename = "admin")]
    Admin,
    /// Form, look at and change the cluster.
    #[serde(rename = "cluster:admin")]
    ClusterAdmin,
}

impl Scope {
    /// Every scope, as a caller on loopback has when nothing is configured.
    pub const ALL: [Self; 7] = [
        Self::Ingest,
        Self::ProfilesRead,
        Self::FactsRead,
        Self::FactsWrite,
        Self::Export,
        Self::Admin,
        Self::ClusterAdmin,
    ];

    /// The scope as it stands in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::ProfilesRead => "profiles:read",
            Self::FactsRead => "facts:read",
            Self::FactsWrite => "facts:write",
            Self::Export => "export",
            Self::Admin => "admin",
            Self::ClusterAdmin => "cluster:admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The checks over all workspaces: names and keys are unique, secrets have their form.
pub(super) fn check(workspaces: &[WorkspaceConfig]) -> Result<(), (&'static str, String)> {
    let mut names = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for workspace in workspaces {
        if !names.insert(workspace.name.as_str()) {
            return Err((
                "workspace",
                format!("two workspaces are named `{}`", workspace.name),
            ));
        }
        if workspace.secret.is_some() && workspace.secret_bytes().is_none() {
            return Err((
                "secret",
                format!(
                    "the secret of workspace `{}` is not 64 hexadecimal digits; `openssl rand -hex 32` makes one",
                    workspace.name
                ),
            ));
        }
        check_rules(workspace)?;
        check_sources(workspace)?;
        let secrets = workspace.write_keys.iter().map(|entry| &entry.key);
        let secrets = secrets.chain(workspace.tokens.iter().map(|entry| &entry.token));
        for secret in secrets {
            if !keys.insert(secret.expose()) {
                return Err((
                    "workspace",
                    format!(
                        "a key or token of workspace `{}` is used twice",
                        workspace.name
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Its namespaces and its rules, which are about its namespaces.
fn check_rules(workspace: &WorkspaceConfig) -> Result<(), (&'static str, String)> {
    let name = &workspace.name;
    let namespaces = workspace.all_namespaces();
    let namespaces = namespaces.map_err(|error| {
        let message = format!("the namespaces of workspace `{name}`: {error}");
        ("workspace", message)
    })?;
    let Some(file) = &workspace.identity_rules else {
        return Ok(());
    };
    let rules = file.rules(&namespaces);
    rules.map(drop).map_err(|error| {
        let path = file.path().display();
        let message = format!("{path} of workspace `{name}`: {error}");
        ("identity_rules", message)
    })
}

/// What comes by a name is trusted as a whole: were a key that strangers can read called like one of a server, what they
/// send would be believed like the server's word.
fn check_sources(workspace: &WorkspaceConfig) -> Result<(), (&'static str, String)> {
    let write_keys = (1..).zip(&workspace.write_keys);
    let write_keys = write_keys.map(|(number, entry)| (entry.source(number), entry.trust));
    let tokens = (1..).zip(&workspace.tokens);
    let tokens = tokens.map(|(number, entry)| (entry.source(number), TrustClass::Server));
    let mut known: BTreeMap<String, TrustClass> = BTreeMap::new();
    for (name, trust) in write_keys.chain(tokens) {
        if name.is_empty() || name.len() > Interaction::SOURCE_BYTES_MAX {
            let max = Interaction::SOURCE_BYTES_MAX;
            return Err((
                "name",
                format!("the name of a key or token has 1 to {max} bytes, not `{name}`"),
            ));
        }
        if *known.entry(name.clone()).or_insert(trust) != trust {
            return Err((
                "workspace",
                format!(
                    "in workspace `{}`, `{name}` names a public key and also a token or a key of a server: give them names of their own",
                    workspace.name
                ),
            ));
        }
    }
    Ok(())
}
