//! The node that is measured, and its HTTP floor.

use acquaint_bench::{
    Customer, HttpSession, Keys, Loaded, Population, Settings, Talker, Target, load, run, run_with,
};
use acquaint_benches::{FloorServer, bytes_below};
use acquaint_tests::{Server, ServerOptions, TOKEN, WRITE_KEY_SERVER};

use crate::contender::{Contender, Sample, reason};
use crate::options::Options;

/// Variables that the node finds in its environment, too.
const TEST_VARIABLES: &str = "ACQUAINT_TEST_";
/// Answers whose length is averaged for a floor.
const ANSWERS: usize = 32;

/// One node in a process and a directory of its own.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) target: Target,
}

impl Node {
    pub(crate) async fn start(cache_bytes: u64) -> Result<Self, String> {
        let mut server = Server::prepare(&options(cache_bytes));
        server.set_environment(test_environment());
        server.try_restart().await?;
        let target = target_of(&[&server]);
        Ok(Self { server, target })
    }

    /// Starts the node again on the same store.
    pub(crate) async fn restart(&mut self, cache_bytes: u64) -> Result<(), String> {
        let ended = self.server.stop().await;
        if !ended.success() {
            return Err(format!(
                "the node ended with {ended}:\n{}",
                self.server.log()
            ));
        }
        self.server.configure(&options(cache_bytes));
        self.server.try_restart().await
    }

    /// Fills the store with the population.
    pub(crate) async fn load(&self, options: &Options) -> Result<Loaded, String> {
        let population = Population {
            profiles: options.profiles,
            talkers: options.talkers,
            seed: 1,
        };
        load(&self.target, population).await.map_err(reason)
    }

    /// A contender that runs a workload against this node.
    pub(crate) fn runs(&self, settings: Settings) -> Contender<'_> {
        runs("node", &self.target, settings)
    }

    pub(crate) fn bytes_on_disk(&self) -> u64 {
        bytes_below(&self.server.data_dir())
    }

    /// The mean length of answers.
    pub(crate) async fn answer_bytes(&self, requests: &[Vec<u8>]) -> Result<usize, String> {
        let mut session = HttpSession::new(self.target.node_of(0));
        let mut bytes = 0;
        for request in requests {
            bytes += session.send(request).await.map_err(reason)?.len();
        }
        Ok(bytes / requests.len().max(1))
    }

    /// Lookups of the first customers.
    pub(crate) fn customer_lookups(&self, rest: &str) -> Vec<Vec<u8>> {
        let one = |number| format!("/v1/profiles/{}{rest}", Customer { number }.key());
        (0..ANSWERS)
            .map(|number| self.target.get(&one(number)))
            .collect()
    }

    /// Lookups of the first customers with nine anchors.
    pub(crate) fn talker_lookups(&self) -> Vec<Vec<u8>> {
        let one = |number| format!("/v1/profiles/{}", Talker { number }.key());
        (0..ANSWERS)
            .map(|number| self.target.get(&one(number)))
            .collect()
    }
}

fn options(cache_bytes: u64) -> ServerOptions {
    ServerOptions {
        cache_bytes,
        ..ServerOptions::default()
    }
}

/// Test switches of this process, for the node.
pub(crate) fn test_environment() -> Vec<(String, String)> {
    std::env::vars()
        .filter(|(name, _)| name.starts_with(TEST_VARIABLES))
        .collect()
}

pub(crate) fn target_of(servers: &[&Server]) -> Target {
    let nodes = servers.iter().map(|server| server.address()).collect();
    Target::new(nodes, Some(TOKEN.into()), Some(WRITE_KEY_SERVER.into()))
}

/// A contender that runs a workload.
pub(crate) fn runs<'a>(name: &str, target: &'a Target, settings: Settings) -> Contender<'a> {
    Contender::new(name, move |number| {
        let settings = Settings {
            run: number,
            ..settings.clone()
        };
        async move {
            let report = run(target, &settings).await.map_err(reason)?;
            Ok(Sample::from(report))
        }
    })
}

/// axum with constant bytes of the same length, under the same requests.
pub(crate) struct Floor {
    _server: FloorServer,
    target: Target,
    profiles: usize,
}

impl Floor {
    pub(crate) fn start(bytes: usize, profiles: usize) -> Self {
        let server = FloorServer::start(bytes);
        Self {
            target: Target::new(vec![server.address], Some(TOKEN.into()), None),
            _server: server,
            profiles,
        }
    }

    pub(crate) fn runs(&self, settings: Settings) -> Contender<'_> {
        Contender::new("constant bytes", move |number| {
            let settings = Settings {
                run: number,
                ..settings.clone()
            };
            let keys = Keys {
                customers: self.profiles,
                talkers: settings.connections,
                profile_ids: std::sync::Arc::new(vec!["pf_aaaaaaaaaaaaaaaaaaaaaaaaaa".into()]),
            };
            async move {
                let report = run_with(&self.target, &settings, keys)
                    .await
                    .map_err(reason)?;
                Ok(Sample::from(report))
            }
        })
    }
}
