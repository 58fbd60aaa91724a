//! Why something given from outside was not taken.

/// What is wrong with a value that came from outside.
///
/// The messages name the rule, never the value: they end in answers and logs, and the values are people's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value stands for "nothing here" (`null`, `undefined`, `0`, the zero uuid).
    #[error("the value of {namespace} is a placeholder")]
    Placeholder {
        /// The namespace it was given for.
        namespace: String,
    },
    /// The value cannot be of its namespace: an email without `@`, a phone with letters.
    #[error("the value of {namespace} is not {expected}")]
    Malformed {
        /// The namespace it was given for.
        namespace: String,
        /// What a value of the namespace is.
        expected: &'static str,
    },
    /// The value holds a control or bidirectional formatting character.
    #[error("{what} holds a control or bidirectional character")]
    ControlCharacter {
        /// The field.
        what: String,
    },
    /// The value is longer than the limit.
    #[error("{what} is longer than {bytes_max} bytes")]
    TooLong {
        /// The field.
        what: String,
        /// The limit.
        bytes_max: usize,
    },
    /// The value must not be empty.
    #[error("{what} is empty")]
    Empty {
        /// The field.
        what: String,
    },
    /// The value does not follow the grammar of its type.
    #[error("{what} is not {expected}")]
    Invalid {
        /// The field.
        what: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The workspace has no such namespace.
    #[error("there is no namespace {name} in this workspace")]
    UnknownNamespace {
        /// The name that was asked for.
        name: String,
    },
    /// A message names nobody.
    #[error("a message needs at least one identifier")]
    NoIdentifier,
    /// A message names too many.
    #[error("a message has at most {max} identifiers, this one has {count}")]
    TooManyIdentifiers {
        /// How many there are.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// JSON is nested too deeply.
    #[error("the value is nested deeper than {depth_max} levels")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
}

impl Error {
    /// Whether the identifier is to be treated as not given (and the message flagged) instead of refusing the message.
    ///
    /// Senders fill `userId` with `"null"` and `phone` with `"withheld"`: refusing the message would lose an
    /// interaction, taking the value would link strangers.
    pub fn is_not_given(&self) -> bool {
        matches!(self, Error::Placeholder { .. } | Error::Malformed { .. })
    }
}
