//! Why rules were refused: the key, the line, and what is allowed.

use toml::de::{DeTable, DeValue};

/// Why rules were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", self.line_text(), self.key_text())]
pub struct RulesError {
    /// The line, from 1, if the file holds what is wrong.
    pub line: Option<usize>,
    /// The key with its sections, joined by dots; empty when the file cannot be read as TOML.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl RulesError {
    /// The stable code of every refusal of rules; `docs/errors/invalid_rules.md` is its page.
    pub const CODE: &str = "invalid_rules";

    pub(super) fn whole(message: String) -> Self {
        Self {
            line: None,
            key: String::new(),
            message,
        }
    }

    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        Self {
            line: error.span().map(|span| line_of(text, span.start)),
            key: String::new(),
            message: one_line(error.message()),
        }
    }

    fn line_text(&self) -> String {
        self.line
            .map(|line| format!("line {line}: "))
            .unwrap_or_default()
    }

    fn key_text(&self) -> String {
        match self.key.as_str() {
            "" => String::new(),
            key => format!("{key}: "),
        }
    }
}

/// A key with what is wrong there.
pub(super) struct Place {
    key: String,
    message: String,
}

impl Place {
    pub(super) fn at(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
        }
    }

    pub(super) fn of(error: &serde_path_to_error::Error<toml::de::Error>) -> Self {
        Self::at(error.path().to_string(), one_line(error.inner().message()))
    }

    /// Finds the line: that of the key, else of the nearest section around it that the file has.
    pub(super) fn in_text(self, text: &str) -> RulesError {
        RulesError {
            line: line_of_key(text, &self.key),
            key: self.key,
            message: self.message,
        }
    }
}

fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut found = None;
    for part in key.split('.') {
        // Items of lists are named `blocked[3]`; the line of the list will do.
        let part = part.split('[').next().unwrap_or(part);
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == part) else {
            break;
        };
        found = Some(line_of(text, name.span().start));
        let DeValue::Table(inner) = value.get_ref() else {
            break;
        };
        table = inner;
    }
    found
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
