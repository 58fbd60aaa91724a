//! Exit codes: few, stable, and documented in `--help`.

use std::process::ExitCode;

use acquaint_api::{ClientError, ErrorCode};
use acquaint_bench::BenchError;
use acquaint_identity::RulesError;
use acquaint_node::config::ConfigError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Success,
    /// It failed: no connection, a refusal, a fault of the machine.
    Failure,
    /// The arguments are wrong (clap ends with this code by itself).
    Usage,
    /// Nobody and nothing is known by that key.
    NotFound,
    /// An import went through, but some lines were rejected.
    Rejected,
    /// The configuration, or a file of rules, is wrong.
    Configuration,
    /// The node could not start or can serve no longer.
    Node,
}

/// The part of `--help` that lists the codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  failed: no connection, a refusal, a fault of the machine
  2  wrong arguments
  3  nobody is known by that key, or there is no such fact or node
  4  imported, but some lines were rejected (they are in the rejects file)
  5  the configuration, or a file of identity rules, is wrong
  6  the node could not start, or stopped because it can serve no longer";

impl Exit {
    /// The number that the shell sees.
    pub fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Rejected => 4,
            Self::Configuration => 5,
            Self::Node => 6,
        }
    }

    /// The code for an error, by its cause.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let broken_pipe = error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
        if broken_pipe {
            // `acquaint export | head` is no failure.
            return Self::Success;
        }
        if error.downcast_ref::<ConfigError>().is_some()
            || error.downcast_ref::<RulesError>().is_some()
        {
            return Self::Configuration;
        }
        if error.downcast_ref::<acquaint_node::Error>().is_some()
            || error.downcast_ref::<NotStarted>().is_some()
        {
            return Self::Node;
        }
        let wrong_setting = matches!(
            error.downcast_ref::<BenchError>(),
            Some(
                BenchError::Setting(_)
                    | BenchError::Address { .. }
                    | BenchError::UnknownWorkload { .. }
            )
        );
        if error.downcast_ref::<WrongUse>().is_some() || wrong_setting {
            return Self::Usage;
        }
        let code = error
            .downcast_ref::<ClientError>()
            .and_then(ClientError::code);
        match code {
            Some(
                ErrorCode::ProfileNotFound | ErrorCode::FactNotFound | ErrorCode::NodeNotFound,
            ) => Self::NotFound,
            _ => Self::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Arguments that are well-formed but do not make sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongUse(pub(crate) String);

/// A node did not come to be, before its store was opened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotStarted(pub(crate) String);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_help_lists_every_code() {
        for exit in [
            Exit::Success,
            Exit::Failure,
            Exit::Usage,
            Exit::NotFound,
            Exit::Rejected,
            Exit::Configuration,
            Exit::Node,
        ] {
            assert!(
                HELP.contains(&format!("\n  {}  ", exit.number())),
                "{exit:?}"
            );
        }
    }

    #[test]
    fn causes_decide() {
        let refusal = |code| {
            anyhow::Error::new(ClientError::Refused {
                status: 404,
                code,
                message: String::new(),
                retry_after: None,
                successors: None,
            })
        };
        assert_eq!(
            Exit::of(&refusal(Some(ErrorCode::ProfileNotFound))),
            Exit::NotFound
        );
        assert_eq!(Exit::of(&refusal(Some(ErrorCode::NotFound))), Exit::Failure);
        assert_eq!(
            Exit::of(&refusal(None).context("while looking")),
            Exit::Failure
        );
        let pipe = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert_eq!(Exit::of(&pipe.into()), Exit::Success);
        assert_eq!(Exit::of(&WrongUse("no".to_owned()).into()), Exit::Usage);
        assert_eq!(Exit::of(&NotStarted("no".to_owned()).into()), Exit::Node);
    }
}
