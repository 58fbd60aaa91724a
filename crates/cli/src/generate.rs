//! A made-up shop with its customers: the sample that the demo, the tests and the benchmarks load.
//!
//! Everything is invented here: names are built from syllables, addresses end in `example.com` or `.example`, and phone
//! numbers lie in the 555 exchange. The stream has what real ones have: eight channels, shared household tablets, store
//! kiosks and staff tablets, typing errors, several spellings of a phone number, recycled numbers, changed addresses,
//! duplicates and late arrivals.
//!
//! - The same [`Options`] give the same bytes on every machine: no clock, no hash map, no float sum.
//! - Distinct messages are exactly `interactions`; duplicates come on top.
//! - Lines are in the order of arrival, which is not the order of time.
//! - The first customer is the showcase: it uses every channel and shares nothing with anybody.

mod catalog;
mod customer;
mod journey;
mod message;
mod names;
mod online;
mod service;
mod shop;
mod spelling;
mod words;

use std::io::{self, Write};

use crate::dice::Dice;
use customer::Population;
use journey::Journey;

/// First moment of the sample: 2025-01-06T00:00:00Z, in milliseconds since 1970.
const START_MS: i64 = 1_736_121_600_000;
/// Length of the sample, in days.
const DAYS: u32 = 330;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Most customers of a sample; the sample is built in memory.
pub const CUSTOMERS_MAX: u32 = 200_000;
/// Most interactions of a sample; the sample is built in memory.
pub const INTERACTIONS_MAX: u32 = 5_000_000;
/// One in so many messages is delivered twice.
const DUPLICATE_ONE_IN: u64 = 80;
/// One in so many messages arrives hours or days late.
const LATE_ONE_IN: u64 = 50;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Customers, at most [`CUSTOMERS_MAX`].
    pub customers: u32,
    /// Distinct messages, at most [`INTERACTIONS_MAX`] and at least one per customer.
    pub interactions: u32,
    /// Another seed is another shop.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            customers: 2_000,
            interactions: 60_000,
            seed: 1,
        }
    }
}

impl Options {
    /// Says what is allowed when the options are not.
    pub fn check(&self) -> Result<(), String> {
        if self.customers == 0 || self.customers > CUSTOMERS_MAX {
            return Err(format!("--customers is from 1 to {CUSTOMERS_MAX}"));
        }
        if self.interactions < self.customers || self.interactions > INTERACTIONS_MAX {
            return Err(format!(
                "--interactions is from {} (one per customer) to {INTERACTIONS_MAX}",
                self.customers
            ));
        }
        Ok(())
    }
}

/// A generated stream.
pub struct Sample {
    lines: Vec<Line>,
    /// Lines that repeat an earlier message.
    pub duplicates: usize,
    /// The first customer.
    pub showcase: Showcase,
}

/// One message as it arrives, and what only the generator knows about it.
pub(crate) struct Line {
    arrival_ms: i64,
    json: String,
    message_id: String,
    customer: u32,
    household: u32,
    channel: &'static str,
}

/// A customer to look up, and ways to name it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Showcase {
    /// First and last name.
    pub name: String,
    /// Keys of the lookup, of different namespaces, the phone number in a spelling that the stream does not use.
    pub keys: Vec<String>,
}

/// Makes the stream.
pub fn generate(options: &Options) -> Sample {
    let population = Population::new(options);
    let mut lines = Vec::with_capacity(options.interactions as usize);
    for (customer, budget) in population
        .customers
        .iter()
        .zip(population.budgets(options.interactions))
    {
        Journey::new(customer, options.seed, budget, &mut lines).run();
    }
    let duplicates = disorder(&mut lines, options.seed);
    Sample {
        duplicates,
        showcase: population.showcase(),
        lines,
    }
}

/// Delays and repeats some lines, then puts all in the order of arrival.
fn disorder(lines: &mut Vec<Line>, seed: u64) -> usize {
    let mut dice = Dice::new(seed, "disorder", 0);
    let mut repeats = Vec::new();
    for line in lines.iter_mut() {
        if dice.one_in(LATE_ONE_IN) {
            line.arrival_ms += dice.between(HOUR_MS as u64, 10 * DAY_MS as u64) as i64;
        }
        if dice.one_in(DUPLICATE_ONE_IN) {
            repeats.push(Line {
                arrival_ms: line.arrival_ms + dice.between(1, 2 * HOUR_MS as u64) as i64,
                json: line.json.clone(),
                message_id: line.message_id.clone(),
                ..*line
            });
        }
    }
    let duplicates = repeats.len();
    lines.append(&mut repeats);
    lines.sort_by(|left, right| {
        (left.arrival_ms, &left.message_id).cmp(&(right.arrival_ms, &right.message_id))
    });
    duplicates
}

impl Sample {
    /// The lines in the order of arrival, each one message of the tracking API.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &str> {
        self.lines.iter().map(|line| line.json.as_str())
    }

    /// Writes NDJSON.
    pub fn write(&self, mut output: impl Write) -> io::Result<()> {
        for line in self.lines() {
            output.write_all(line.as_bytes())?;
            output.write_all(b"\n")?;
        }
        output.flush()
    }

    /// Writes who was behind each message, as CSV: what a resolver is measured against.
    pub fn write_truth(&self, mut output: impl Write) -> io::Result<()> {
        writeln!(output, "messageId,customer,household,channel")?;
        for line in &self.lines {
            writeln!(
                output,
                "{},c{:06},h{:06},{}",
                line.message_id, line.customer, line.household, line.channel
            )?;
        }
        output.flush()
    }
}

#[cfg(test)]
mod tests;
