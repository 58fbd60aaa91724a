//! Reads the configuration: the file, then the environment, then flags, each laid over the one before.
//!
//! - `ACQUAINT_KEY` sets a key of the top level, `ACQUAINT_SECTION__KEY` one of a section (two underscores); the
//!   `[[workspace]]` list is for the file alone, its secrets can come from variables and files.
//! - After each layer the whole is read again, so that an error always names the layer that brought it.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Config;

/// The variable that names the configuration file.
pub const CONFIG_VARIABLE: &str = "ACQUAINT_CONFIG";

/// Variables with our prefix that are no keys of the configuration: the command line and the build read them.
pub const RESERVED_VARIABLES: [&str; 11] = [
    CONFIG_VARIABLE,
    "ACQUAINT_URL",
    "ACQUAINT_TOKEN",
    "ACQUAINT_WRITE_KEY",
    "ACQUAINT_BIN",
    "ACQUAINT_IMPORT_LINES",
    "ACQUAINT_KILL_ROUNDS",
    "ACQUAINT_KILL_SEED",
    "ACQUAINT_OMNICHANNEL",
    "ACQUAINT_SDK_DIR",
    "ACQUAINT_SKIPS_FILE",
];

const PREFIX: &str = "ACQUAINT_";
/// Variables of test harnesses, never read here.
const TEST_PREFIX: &str = "ACQUAINT_TEST_";

/// A key set by a flag: `--set ingest.wait_ms_max=2000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The key with its section, joined by a dot.
    pub key: String,
    /// The value as TOML; a bare word is text.
    pub value: String,
}

impl std::str::FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is not KEY=VALUE, such as ingest.wait_ms_max=2000"))?;
        Ok(Self {
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
        })
    }
}

/// Why a configuration was refused. Each says where, and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of the file is not understood or holds a bad value.
    #[error("{}:{line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what is allowed.
        message: String,
    },
    /// A variable or a flag is not understood or holds a bad value.
    #[error("{origin}: {message}")]
    Override {
        /// The variable or the flag.
        origin: String,
        /// What is wrong, and what is allowed.
        message: String,
    },
    /// Values that are fine alone do not go together.
    #[error("{key}: {message}")]
    Conflict {
        /// The key to change.
        key: &'static str,
        /// What is wrong, and what is allowed.
        message: String,
    },
}

impl Config {
    /// Reads `path` (or nothing but the defaults), then the variables, then the flags.
    pub fn load(
        path: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        flags: &[Override],
    ) -> Result<Self, ConfigError> {
        let text = match path {
            None => String::new(),
            Some(path) => {
                std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
                    path: path.to_owned(),
                    source,
                })?
            }
        };
        Self::parse(
            path.unwrap_or(Path::new("(defaults)")),
            &text,
            variables,
            flags,
        )
    }

    fn parse(
        path: &Path,
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
        flags: &[Override],
    ) -> Result<Self, ConfigError> {
        let at_line = |error: &toml::de::Error| ConfigError::Line {
            path: path.to_owned(),
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: one_line(error.message()),
        };
        let mut config: Self = toml::from_str(text).map_err(|error| at_line(&error))?;
        let mut table: Table = toml::from_str(text).map_err(|error| at_line(&error))?;
        let layers = variable_layers(variables, &named_variables(&table))
            .into_iter()
            .chain(flags.iter().map(|flag| Layer {
                origin: format!("--set {}", flag.key),
                path: flag.key.split('.').map(str::to_owned).collect(),
                value: flag.value.clone(),
            }));
        for layer in layers {
            config = layer.lay_over(&mut table)?;
        }
        config.complete().map_err(|(key, message)| {
            match text
                .lines()
                .position(|line| line.trim_start().starts_with(name_of(key)))
            {
                Some(index) => ConfigError::Line {
                    path: path.to_owned(),
                    line: index + 1,
                    message: format!("{key}: {message}"),
                },
                None => ConfigError::Conflict { key, message },
            }
        })?;
        Ok(config)
    }
}

/// One key from a variable or a flag.
struct Layer {
    origin: String,
    path: Vec<String>,
    value: String,
}

impl Layer {
    fn lay_over(&self, table: &mut Table) -> Result<Config, ConfigError> {
        let refused = |message: String| ConfigError::Override {
            origin: self.origin.clone(),
            message,
        };
        // The type is the key's, not the writer's: `ACQUAINT_LOG__LEVEL=1` is text. So text is tried where TOML is refused.
        let as_toml = toml::from_str::<Table>(&format!("value = {}", self.value))
            .ok()
            .and_then(|mut parsed| parsed.remove("value"));
        let as_text = Value::String(self.value.clone());
        let mut first_error = None;
        for value in as_toml.into_iter().chain([as_text]) {
            let mut candidate = table.clone();
            insert(&mut candidate, &self.path, value).map_err(refused)?;
            match Config::deserialize_table(candidate.clone()) {
                Ok(config) => {
                    *table = candidate;
                    return Ok(config);
                }
                Err(message) => first_error = first_error.or(Some(message)),
            }
        }
        Err(refused(first_error.unwrap_or_default()))
    }
}

impl Config {
    fn deserialize_table(table: Table) -> Result<Self, String> {
        table
            .try_into()
            .map_err(|error: toml::de::Error| one_line(error.message()))
    }
}

fn insert(table: &mut Table, path: &[String], value: Value) -> Result<(), String> {
    let Some((key, sections)) = path.split_last() else {
        return Err("names no key".to_owned());
    };
    let mut inner = table;
    for section in sections {
        inner = inner
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| format!("`{section}` is not a section"))?;
    }
    inner.insert(key.clone(), value);
    Ok(())
}

/// The variables that are keys, in order of their names, so that errors do not depend on the environment's order.
fn variable_layers(
    variables: impl IntoIterator<Item = (String, String)>,
    named: &[String],
) -> Vec<Layer> {
    let mut layers: Vec<Layer> = variables
        .into_iter()
        .filter(|(name, _)| !RESERVED_VARIABLES.contains(&name.as_str()))
        .filter(|(name, _)| !name.starts_with(TEST_PREFIX) && !named.contains(name))
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
            let path = key.split("__").map(str::to_owned).collect();
            Some(Layer {
                origin: name,
                path,
                value,
            })
        })
        .collect();
    layers.sort_by(|left, right| left.origin.cmp(&right.origin));
    layers
}

/// The variables that secrets of the file are read from: they may carry our prefix.
fn named_variables(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    let mut pending: Vec<&Value> = table.values().collect();
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Table(inner) => {
                names.extend(inner.get("env").and_then(Value::as_str).map(str::to_owned));
                pending.extend(inner.values());
            }
            _ => {}
        }
    }
    names
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name of a key within its section.
fn name_of(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
