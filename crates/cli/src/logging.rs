//! The log of a node, on standard error.

use acquaint_node::config::{LogConfig, LogFormat};
use anyhow::Context;
use tracing_subscriber::EnvFilter;

pub(crate) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = filter(&config.level)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
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
    EnvFilter::try_new(whole).with_context(|| {
        format!("log.level: `{level}` is none of error, warn, info, debug, trace and no filter such as info,acquaint_node=debug")
    })
}
