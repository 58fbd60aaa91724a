//! Runs a workload against nodes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::customers::Customer;
use crate::generator::{Common, Generator, talkers_of};
use crate::{
    BenchError, HttpSession, Keys, Pace, Plan, Population, Report, Target, Workload, drive,
};

/// Connections of one run, at most.
const CONNECTIONS_MAX: usize = 4_096;
/// Items of one request, at most: the limit of a batch lookup.
const BATCH_MAX: usize = 1_000;

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The kind of load.
    pub workload: Workload,
    /// The pace of all connections together.
    pub pace: Pace,
    /// Connections, spread over the nodes.
    pub connections: usize,
    /// Items in a request.
    pub batch: usize,
    /// Time before the measurement.
    pub warm_up: Duration,
    /// Time of the measurement.
    pub time: Duration,
    /// Customers to refer to; all that the store holds when nothing is said.
    pub profiles: Option<usize>,
    /// The seed of all choices.
    pub seed: u64,
    /// Different for every run on one store, since it is part of message ids.
    pub run: u64,
}

impl Settings {
    /// A run at full speed with 16 connections for five seconds.
    pub fn new(workload: Workload, run: u64) -> Self {
        Self {
            workload,
            pace: Pace::Full,
            connections: 16,
            batch: workload.batch(),
            warm_up: Duration::from_secs(1),
            time: Duration::from_secs(5),
            profiles: None,
            seed: 1,
            run,
        }
    }

    fn check(&self) -> Result<(), BenchError> {
        let refused = |text: String| Err(BenchError::Setting(text));
        if self.connections == 0 || self.connections > CONNECTIONS_MAX {
            return refused(format!(
                "invalid number of connections {}: expected 1 to {CONNECTIONS_MAX}",
                self.connections
            ));
        }
        if self.batch == 0 || self.batch > BATCH_MAX {
            return refused(format!(
                "invalid batch {}: expected 1 to {BATCH_MAX}",
                self.batch
            ));
        }
        if self.batch != 1 && !self.workload.has_batches() {
            return refused(format!("{} has no batches", self.workload));
        }
        Ok(())
    }
}

/// Runs a workload to its end.
///
/// # Errors
/// A setting is invalid, the store does not hold the customers, or no node answers. Refusals
/// during the run are counted in the report.
pub async fn run(target: &Target, settings: &Settings) -> Result<Report, BenchError> {
    settings.check()?;
    let mut session = HttpSession::connect(target.node_of(0)).await?;
    let keys = keys(&mut session, target, settings).await?;
    run_with(target, settings, keys).await
}

/// Runs a workload against a server that is not asked for its customers, such as a floor.
///
/// # Errors
/// A setting is invalid, or the server does not answer.
pub async fn run_with(
    target: &Target,
    settings: &Settings,
    keys: Keys,
) -> Result<Report, BenchError> {
    settings.check()?;
    let workload = settings.workload;
    let talkers = keys.talkers;
    let profiles = keys.customers;
    let common = Common {
        workload,
        target: Arc::new(target.clone()),
        keys,
        batch: settings.batch,
        seed: settings.seed,
        run: settings.run,
        connections: settings.connections,
    };
    let mut connections = Vec::new();
    for connection in 0..settings.connections {
        let session = HttpSession::connect(target.node_of(connection)).await?;
        let mut generator = Generator::new(&common, connection);
        connections.push((session, move || generator.work()));
    }
    let plan = Plan {
        pace: settings.pace,
        warm_up: settings.warm_up,
        time: settings.time,
        wave: match workload.needs_talkers() {
            // The same for all connections: that of the last one, which has the fewest.
            true => talkers_of(talkers, settings.connections, settings.connections - 1),
            false => 0,
        },
    };
    let measured = drive(connections, &plan).await?;
    Ok(Report::new(
        settings,
        target.nodes().len(),
        profiles,
        &measured,
    ))
}

/// The customers of the workload, which have to exist.
async fn keys(
    session: &mut HttpSession,
    target: &Target,
    settings: &Settings,
) -> Result<Keys, BenchError> {
    let workload = settings.workload;
    if !workload.needs_customers() && !workload.needs_talkers() {
        return Ok(Keys::default());
    }
    let refused = |reason: String| BenchError::Population {
        workload: workload.name(),
        reason,
    };
    let found = Population::find(session, target).await?;
    let found = found.ok_or_else(|| refused("the store holds no population".into()))?;
    let customers = settings.profiles.unwrap_or(found.profiles);
    if customers == 0 && workload.needs_customers() {
        return Err(refused("no customers to refer to".into()));
    }
    if customers > found.profiles {
        return Err(refused(format!(
            "the store holds {} profiles of {customers}",
            found.profiles
        )));
    }
    if workload.needs_talkers() && found.talkers < settings.connections {
        return Err(refused(format!(
            "{} connections need a customer with nine anchors each, and the store holds {}",
            settings.connections, found.talkers
        )));
    }
    let mut keys = Keys {
        customers,
        talkers: found.talkers,
        profile_ids: Arc::default(),
    };
    if workload == Workload::LookupProfileId {
        let ids = profile_ids(session, target, keys.hot()).await?;
        keys.profile_ids = Arc::new(ids);
    }
    Ok(keys)
}

/// Profile ids of the first customers.
async fn profile_ids(
    session: &mut HttpSession,
    target: &Target,
    customers: usize,
) -> Result<Vec<String>, BenchError> {
    let keys: Vec<String> = (0..customers)
        .map(|number| Customer { number }.key())
        .collect();
    let body = session.send(&target.lookup_many(&keys)).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answers = answer["answers"].as_array().cloned().unwrap_or_default();
    let id = |answer: &Value| Some(answer["profile"]["id"].as_str()?.to_owned());
    let ids: Option<Vec<String>> = answers.iter().map(id).collect();
    let ids = ids.filter(|ids| ids.len() == customers);
    ids.ok_or_else(|| BenchError::Population {
        workload: Workload::LookupProfileId.name(),
        reason: "some of the customers are missing".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bad_settings_are_refused_before_anything_is_sent() {
        let nobody = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
        let target = Target::new(vec![nobody], None, None);
        let check = |workload, connections, batch| {
            let settings = Settings {
                connections,
                batch,
                ..Settings::new(workload, 1)
            };
            let target = target.clone();
            async move {
                run(&target, &settings)
                    .await
                    .map_err(|error| error.to_string())
            }
        };
        for (workload, connections, batch, expected) in [
            (Workload::LookupHot, 0, 1, "invalid number of connections 0"),
            (Workload::LookupHot, 1, 2, "lookup-hot has no batches"),
            (Workload::IngestNew, 1, 1_001, "invalid batch 1001"),
            (Workload::IngestNew, 1, 1, "cannot connect to 127.0.0.1:1"),
        ] {
            let message = check(workload, connections, batch)
                .await
                .err()
                .unwrap_or_default();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
