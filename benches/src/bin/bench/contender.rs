//! Contenders of a row, which take turns.

use std::future::Future;
use std::pin::Pin;

use acquaint_bench::{BenchError, LatencySummary, Measured, Report};
use acquaint_benches::peers::PeerError;

use crate::results::{Other, Outcome, Part, Row, Series, Spread};

/// One measurement of one contender.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) latency: LatencySummary,
    pub(crate) errors: Vec<String>,
}

type Measurement<'a> = Pin<Box<dyn Future<Output = Result<Sample, String>> + 'a>>;

/// The node, a floor or a peer.
pub(crate) struct Contender<'a> {
    name: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// Measures once; the number of the run is different each time.
    Ready(Box<dyn FnMut(u64) -> Measurement<'a> + 'a>),
    Missing(String),
}

impl<'a> Contender<'a> {
    pub(crate) fn new<F>(name: &str, mut measure: impl FnMut(u64) -> F + 'a) -> Self
    where
        F: Future<Output = Result<Sample, String>> + 'a,
    {
        Self {
            name: name.to_owned(),
            kind: Kind::Ready(Box::new(move |run| Box::pin(measure(run)))),
        }
    }

    /// A contender that cannot be measured, with the reason.
    pub(crate) fn missing(name: &str, reason: String) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Missing(reason),
        }
    }
}

/// A row before it is measured.
pub(crate) struct Heading<'a> {
    pub(crate) id: &'a str,
    pub(crate) part: Part,
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) connections: usize,
}

/// Numbers of runs, each used once.
#[derive(Debug)]
pub(crate) struct Runs(u64);

impl Runs {
    /// From the clock, so that no two programs on one store share a number.
    pub(crate) fn new() -> Self {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self(since.as_secs() << 12)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// Measures the contenders in turn, round by round; the first one is the node.
pub(crate) async fn measure(
    heading: Heading<'_>,
    mut contenders: Vec<Contender<'_>>,
    rounds: usize,
    runs: &mut Runs,
) -> Row {
    let mut samples: Vec<Vec<Sample>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (contender, samples) in contenders.iter_mut().zip(&mut samples) {
            let Kind::Ready(measure) = &mut contender.kind else {
                continue;
            };
            match measure(runs.next()).await {
                Ok(sample) => samples.push(sample),
                Err(reason) => contender.kind = Kind::Missing(reason),
            }
        }
    }
    let rates = |samples: &[Sample]| samples.iter().map(|one| one.per_second).collect::<Vec<_>>();
    let node_rates = rates(&samples[0]);
    let mut all = contenders
        .into_iter()
        .zip(samples)
        .map(|(contender, samples)| {
            let ratios = node_rates.iter().zip(rates(&samples));
            let ratios = ratios
                .filter(|(_, other)| *other > 0.0)
                .map(|(node, other)| node / other);
            let ratio = Spread::of(&ratios.collect::<Vec<f64>>());
            let outcome = match contender.kind {
                Kind::Missing(missing) => Outcome::Missing { missing },
                Kind::Ready(_) => outcome(&samples),
            };
            Other {
                name: contender.name,
                ratio: outcome.series().and(ratio),
                outcome,
            }
        });
    let node = all.next().map(|first| first.outcome);
    let row = Row {
        id: heading.id.to_owned(),
        part: heading.part,
        title: heading.title.to_owned(),
        unit: heading.unit.to_owned(),
        connections: heading.connections,
        node: node.unwrap_or_else(|| outcome(&[])),
        others: all.collect(),
    };
    eprintln!("{}", line(&row));
    row
}

fn outcome(samples: &[Sample]) -> Outcome {
    let rounds: Vec<f64> = samples.iter().map(|one| one.per_second).collect();
    let median = |of: fn(&LatencySummary) -> f64| {
        let values: Vec<f64> = samples.iter().map(|one| of(&one.latency)).collect();
        Spread::of(&values).map_or(0.0, |spread| spread.median)
    };
    let Some(rate) = Spread::of(&rounds) else {
        return Outcome::Missing {
            missing: "nothing was measured".to_owned(),
        };
    };
    Outcome::Measured(Series {
        rate,
        p50_us: median(|one| one.p50_us),
        p99_us: median(|one| one.p99_us),
        p99_9_us: median(|one| one.p99_9_us),
        max_us: samples
            .iter()
            .map(|one| one.latency.max_us)
            .fold(0.0, f64::max),
        errors: samples.iter().flat_map(|one| one.errors.clone()).collect(),
        points: samples
            .last()
            .map(|one| one.latency.points.clone())
            .unwrap_or_default(),
        rounds,
    })
}

/// A row in one line, as progress.
fn line(row: &Row) -> String {
    let rate = |outcome: &Outcome| match outcome {
        Outcome::Measured(series) if series.errors.is_empty() => {
            format!("{:.0}", series.rate.median)
        }
        Outcome::Measured(series) => {
            format!("{:.0} ERRORS {:?}", series.rate.median, series.errors)
        }
        Outcome::Missing { missing } => format!("MISSING ({missing})"),
    };
    let mut text = format!("{:<32} {:>9} {}", row.id, rate(&row.node), row.unit);
    for other in &row.others {
        let ratio = other
            .ratio
            .map_or_else(String::new, |ratio| format!("{:.3} x ", ratio.median));
        text.push_str(&format!(
            " | {ratio}{} {}",
            other.name,
            rate(&other.outcome)
        ));
    }
    text
}

fn counted(errors: &std::collections::BTreeMap<String, u64>, first: Option<&str>) -> Vec<String> {
    let counts = errors
        .iter()
        .map(|(name, count)| format!("{count} x {name}"));
    let mut all: Vec<String> = counts.collect();
    all.extend(
        first
            .filter(|_| !errors.is_empty())
            .map(|first| format!("first: {first}")),
    );
    all
}

impl From<Report> for Sample {
    fn from(report: Report) -> Self {
        Self {
            per_second: report.items_per_second,
            errors: counted(&report.errors, report.first_error.as_deref()),
            latency: report.latency,
        }
    }
}

impl From<Measured> for Sample {
    fn from(measured: Measured) -> Self {
        Self {
            per_second: measured.items_per_second(),
            errors: counted(&measured.errors, measured.first_error.as_deref()),
            latency: (&measured.latency).into(),
        }
    }
}

/// Both parts of a measurement, one after the other and each as long: all items in all the time.
pub(crate) fn together(first: Sample, second: Sample) -> Sample {
    let parts = [first.per_second, second.per_second];
    Sample {
        per_second: parts.iter().sum::<f64>() / 2.0,
        errors: [first.errors, second.errors].concat(),
        latency: second.latency,
    }
}

pub(crate) fn reason(error: BenchError) -> String {
    error.to_string()
}

pub(crate) fn peer_reason(error: PeerError) -> String {
    error.to_string()
}
