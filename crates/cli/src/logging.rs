//! The log of a node, on standard error.

use std::io::IsTerminal;

use acquaint_node::config::{ConfigError, LogConfig, LogFormat};
use tracing_subscriber::EnvFilter;

pub(crate) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = filter(&config.level)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(coloured(std::io::stderr().is_terminal()))
        .with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}

/// The filter of a level. The consensus library tells every step of every election at `info`: it is heard from `error`
/// on, unless the level names it.
pub(crate) fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    let quiet = format!("openraft=error,{level}");
    let whole = if level.contains("openraft") {
        level
    } else {
        &quiet
    };
    let filter = EnvFilter::try_new(whole).map_err(|_| ConfigError::Conflict {
        key: "log.level",
        message: format!(
            "`{level}` is none of error, warn, info, debug, trace and no filter such as info,acquaint_node=debug"
        ),
    })?;
    Ok(filter)
}

/// Colours are for eyes; a file or a collector gets plain text. `NO_COLOR` is obeyed.
fn coloured(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::exit::Exit;

    #[test]
    fn the_consensus_library_is_quiet_at_every_plain_level() {
        for level in ["warn", "info", "debug"] {
            let filter = filter(level).unwrap().to_string();
            assert!(filter.contains("openraft=error"), "{filter}");
        }
        let named = filter("info,openraft=debug").unwrap().to_string();
        assert!(
            named.contains("openraft=debug") && !named.contains("error"),
            "{named}"
        );
    }

    #[test]
    fn a_wrong_level_is_a_wrong_configuration() {
        let error = filter("foo=bar=").unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Configuration);
        assert!(
            error.to_string().starts_with("log.level: `foo=bar=`"),
            "{error}"
        );
    }

    #[test]
    fn only_a_terminal_gets_colours() {
        assert!(!coloured(false));
    }
}
