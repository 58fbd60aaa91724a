//! `acquaint serve`: a node and its HTTP API in one process.
//!
//! - It ends with 0 when it was asked to, and with another code when the node can serve no longer: a supervisor then
//!   restarts it, and what was acknowledged is there again.
//! - The address answers from the start on: that the node starts, how it gets into a cluster, and then for the node.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use acquaint_http::{Options, Server};
use acquaint_node::config::Override;
use acquaint_node::{Config, Node, Unformed};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::{Exit, NotStarted};
use crate::{logging, output};

/// Start a node.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: ConfigSource,
    /// Address and port to listen on; overrides `listen`
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Directory of the store; overrides `data_dir`
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
}

/// Where a configuration comes from.
#[derive(Debug, Args)]
pub(crate) struct ConfigSource {
    /// Configuration file; without it, the defaults
    #[arg(long, env = "ACQUAINT_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Set one key, such as ingest.wait_ms_max=2000; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<Override>,
}

impl ConfigSource {
    pub(crate) fn load(&self, more: Vec<Override>) -> anyhow::Result<Config> {
        let flags: Vec<Override> = self.overrides.iter().cloned().chain(more).collect();
        // A variable that is not UTF-8 cannot be one of ours.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Ok(Config::load(self.config.as_deref(), variables, &flags)?)
    }
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let given = [
        ("listen", arguments.listen),
        ("data_dir", arguments.data_dir),
    ];
    let flags = given.into_iter().filter_map(|(key, value)| {
        let value = toml::Value::String(value?).to_string();
        let key = key.to_owned();
        Some(Override { key, value })
    });
    let config = arguments.source.load(flags.collect())?;
    logging::start(&config.log)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let listener = bind(&config).await?;
    let server = Server::new(Options::of(&config));
    let address = listener.local_addr()?;
    let running = server.run(listener, stopped());
    tokio::pin!(running);
    let node = tokio::select! {
        node = start(&config, &server) => node?,
        // Asked to stop before it served.
        () = &mut running => return Ok(Exit::Success),
    };
    output::print(&format!(
        "acquaint serves http://{address} (try it on http://{address}/docs)\n"
    ))?;
    until_it_ends(&node, running).await
}

/// Starts the node, after it has got into a cluster where it is configured for one.
async fn start(config: &Config, server: &Server) -> anyhow::Result<Arc<Node>> {
    if let Some(unformed) = Unformed::open(config)? {
        let address = config.listen;
        output::print(&format!(
            "acquaint waits on http://{address}: it belongs to no cluster yet\n  \
             acquaint cluster init --url http://{address}                      forms one\n  \
             acquaint cluster join --url http://{address} --member http://…    joins one\n"
        ))?;
        server.form(unformed, config).await?;
    }
    let node = Node::open(config.clone()).await?;
    server.open(Arc::clone(&node))?;
    Ok(node)
}

/// The address is taken before the store is opened, so that a second start fails fast and touches nothing.
async fn bind(config: &Config) -> Result<TcpListener, NotStarted> {
    let address = config.listen;
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => "is another node running there? ",
            _ => "",
        };
        NotStarted(format!(
            "cannot listen on {address}: {error}; {advice}--listen takes another address"
        ))
    })
}

/// Serves a node that is there already, until `stop` ends or the node fails.
pub(crate) async fn serve(
    node: Arc<Node>,
    config: &Config,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Exit> {
    let server = Server::new(Options::of(config));
    server.open(Arc::clone(&node))?;
    until_it_ends(&node, server.run(listener, stop)).await
}

async fn until_it_ends(node: &Node, running: impl Future<Output = ()>) -> anyhow::Result<Exit> {
    tokio::select! {
        () = running => {
            node.shutdown().await;
            Ok(Exit::Success)
        }
        reason = node.failed() => {
            // No orderly end: nothing more may be answered by a node whose state is in doubt.
            tracing::error!(reason, "the node can serve no longer");
            eprintln!("acquaint: the node stopped: {reason}");
            Ok(Exit::Node)
        }
    }
}

/// Ends at Ctrl-C or SIGTERM.
pub(crate) async fn stopped() {
    let (Ok(mut interrupted), Ok(mut terminated)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        tracing::error!("signals cannot be caught; end the process with kill");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    tracing::info!("asked to stop; finishing what is in flight");
}
