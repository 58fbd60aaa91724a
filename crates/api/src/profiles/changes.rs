//! Which profile ids became which.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ChangeCursor;

/// Some changes, in the order in which they happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileChangesBody {
    /// The changes.
    pub changes: Vec<ProfileChangeBody>,
    /// Where to go on: after the last of them.
    #[schema(value_type = String)]
    pub cursor: ChangeCursor,
    /// Whether there are more by now. A page may be empty and yet not be the last.
    pub more: bool,
}

/// Profiles that shared identifiers before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileChangeBody {
    /// What happened to them.
    pub kind: ChangeKind,
    /// The profile ids before.
    pub old: Vec<String>,
    /// The profile ids after. One that stands on both sides kept its name.
    pub new: Vec<String>,
    /// What made them change.
    pub cause: ChangeCause,
    /// The id of the operator's fact that was stated or undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// A few messages of those that caused it, as far as they are still known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample_message_ids: Vec<String>,
}

/// What happened to profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// There was none before.
    Created,
    /// The same profile gained or lost identifiers.
    Updated,
    /// The same profile has another id.
    Renamed,
    /// Several became fewer.
    Merged,
    /// One or several became more.
    Split,
    /// As many as before, but with each other's identifiers.
    Regrouped,
    /// There is none any more.
    Gone,
}

impl ChangeKind {
    /// The kind of a change from these ids to those, each sorted.
    pub fn of(old: &[String], new: &[String]) -> Self {
        match (old.len(), new.len()) {
            (0, _) => Self::Created,
            (_, 0) => Self::Gone,
            (before, after) if before > after => Self::Merged,
            (before, after) if before < after => Self::Split,
            _ if old == new && old.len() == 1 => Self::Updated,
            (1, _) => Self::Renamed,
            _ => Self::Regrouped,
        }
    }

    /// The kind as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Renamed => "renamed",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Regrouped => "regrouped",
            Self::Gone => "gone",
        }
    }
}

/// What made profiles change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeCause {
    /// Messages said something new.
    Message,
    /// What messages had said was taken back.
    Retraction,
    /// An operator stated a fact.
    Fact,
    /// An operator undid a fact.
    Undo,
    /// Work that an earlier change left behind.
    Step,
    /// Other rules serve.
    Rules,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_named_by_what_came_of_how_many() {
        let check = |old: &[&str], new: &[&str], kind: ChangeKind| {
            let texts = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(
                ChangeKind::of(&texts(old), &texts(new)),
                kind,
                "{old:?} {new:?}"
            );
        };
        check(&[], &["a"], ChangeKind::Created);
        check(&["a"], &["a"], ChangeKind::Updated);
        check(&["a"], &["b"], ChangeKind::Renamed);
        check(&["a", "b"], &["a"], ChangeKind::Merged);
        check(&["a"], &["a", "b"], ChangeKind::Split);
        check(&["a", "b"], &["a", "b"], ChangeKind::Regrouped);
        check(&["a"], &[], ChangeKind::Gone);
    }
}
