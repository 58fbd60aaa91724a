//! A partition under other rules, built beside the one that serves.
//!
//! ```text
//! inputs in order of key:  evidence ─────────────► facts ─────────► all taken
//!                          │ taken │ not yet
//! new evidence, facts ─────┘ what is taken already follows at once; the rest comes by on the way
//! ```
//!
//! - It is a partition like any other, of the inputs taken so far: rows that are not taken cannot be read, so that at every
//!   moment its rows are a function of what it has, and in the end of all inputs.
//! - It never writes inputs: those belong to the partition that serves. Revoking a source moves evidence there, and is
//!   followed here as evidence that goes.
//! - A step takes in a bounded number of rows, and first does what an earlier one has put off.

use serde::{Deserialize, Serialize};

use crate::aggregate::replace_evidence;
use crate::graph::Graph;
use crate::resolver::finish;
use crate::work::Work;
use crate::{
    Cause, Effects, FactId, FactRow, Reader, RowKey, RowPrefix, RowValue, Rules, SourceId,
    StrandId, drain, fact,
};

/// Inputs that one step takes in at most.
const INPUTS_MAX: usize = 256;
/// Pieces that an earlier step put off, from which on nothing new is taken in before they are done.
const PENDING_MAX: usize = 1;

/// Which inputs a partition has: all up to a key, in the order in which they are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Taken {
    /// Evidence up to this one, and no facts.
    Evidence(Option<(StrandId, SourceId)>),
    /// All evidence, and facts up to this one.
    Facts(Option<FactId>),
    /// All, whatever comes.
    All,
}

impl Taken {
    /// Nothing yet.
    pub const NOTHING: Self = Self::Evidence(None);

    /// True when it has the row; other inputs than evidence and facts are not looked at.
    fn has(&self, key: &RowKey) -> bool {
        match (key, self) {
            (RowKey::Evidence { strand, source }, Self::Evidence(last)) => {
                last.is_some_and(|last| (*strand, *source) <= last)
            }
            (RowKey::Fact { fact }, Self::Facts(last)) => last.is_some_and(|last| *fact <= last),
            (RowKey::Fact { .. }, Self::Evidence(_)) => false,
            _ => true,
        }
    }

    /// How much of the evidence is taken, in thousandths. Strands are hashes, so that their places tell their number.
    #[must_use]
    pub fn per_mille(&self) -> u32 {
        match self {
            Self::Evidence(None) => 0,
            Self::Evidence(Some((strand, _))) => {
                u32::from(u16::from_be_bytes([strand.0[0], strand.0[1]])) * 1_000 / 65_536
            }
            Self::Facts(_) | Self::All => 1_000,
        }
    }
}

/// The rows of the epoch, and of the inputs those that are taken.
struct Included<'a, R> {
    rows: &'a R,
    taken: Taken,
}

impl<R: Reader> Reader for Included<'_, R> {
    type Error = R::Error;

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, R::Error> {
        if self.taken.has(key) {
            self.rows.get(key)
        } else {
            Ok(None)
        }
    }

    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, R::Error> {
        let mut rows = self.rows.scan(prefix, after, limit)?;
        // What is taken comes first, in the order of the keys.
        if let Some(end) = rows.iter().position(|(key, _)| !self.taken.has(key)) {
            rows.truncate(end);
        }
        Ok(rows)
    }
}

/// A handle on a partition that is being built: `rows` are the inputs, and the derived rows of its epoch.
pub struct Build<'a, R: Reader> {
    included: Included<'a, R>,
    rules: &'a Rules,
}

/// What a step of building came to.
#[derive(Clone, Debug)]
pub struct Advance {
    /// Derived rows to write.
    pub effects: Effects,
    /// What is taken then.
    pub taken: Taken,
}

impl<'a, R: Reader> Build<'a, R> {
    /// A partition that has taken this much.
    #[must_use]
    pub fn new(rows: &'a R, rules: &'a Rules, taken: Taken) -> Self {
        Self {
            included: Included { rows, taken },
            rules,
        }
    }

    /// Does with the inputs that are taken what the serving partition has just decided about them. The rows are those of
    /// before the decision.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn follow(&self, decided: &Effects) -> Result<Effects, R::Error> {
        let mut graph = Graph::new(&self.included, self.rules);
        let mut work = Work::new(Cause::Step);
        for (key, value) in &decided.writes {
            if !self.included.taken.has(key) {
                continue;
            }
            match (key, value) {
                (RowKey::Evidence { .. }, value) => {
                    let old = graph.evidence(key)?;
                    let new = match value {
                        Some(RowValue::Evidence(evidence)) => Some(evidence),
                        _ => None,
                    };
                    replace_evidence(&mut graph, old.as_ref(), new, &mut work)?;
                }
                (RowKey::Fact { .. }, Some(RowValue::Fact(row))) => {
                    take_fact(&mut graph, row, &mut work)?;
                }
                _ => {}
            }
        }
        Ok(derived(finish(graph, work)?))
    }

    /// Does what was put off, or takes in the next inputs.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn advance(&self) -> Result<Advance, R::Error> {
        let mut graph = Graph::new(&self.included, self.rules);
        let mut work = Work::new(Cause::Step);
        let put_off = graph.scan(&RowPrefix::Pending, None, PENDING_MAX)?;
        let taken = if put_off.is_empty() {
            self.take(&mut graph, &mut work)?
        } else {
            drain::resume(&graph, &mut work)?;
            self.included.taken
        };
        let effects = derived(finish(graph, work)?);
        Ok(Advance { effects, taken })
    }

    /// True when it is what its rules make of all inputs, so that it can serve.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn is_ready(&self) -> Result<bool, R::Error> {
        let put_off = self.included.scan(&RowPrefix::Pending, None, 1)?;
        Ok(self.included.taken == Taken::All && put_off.is_empty())
    }

    fn take(
        &self,
        graph: &mut Graph<'_, Included<'a, R>>,
        work: &mut Work,
    ) -> Result<Taken, R::Error> {
        match self.included.taken {
            Taken::Evidence(last) => self.take_evidence(last, graph, work),
            Taken::Facts(last) => self.take_facts(last, graph, work),
            Taken::All => Ok(Taken::All),
        }
    }

    fn take_evidence(
        &self,
        mut last: Option<(StrandId, SourceId)>,
        graph: &mut Graph<'_, Included<'a, R>>,
        work: &mut Work,
    ) -> Result<Taken, R::Error> {
        let after = last.map(|(strand, source)| RowKey::Evidence { strand, source });
        let rows = (self.included.rows).scan(&RowPrefix::Evidence, after.as_ref(), INPUTS_MAX)?;
        let is_more = rows.len() == INPUTS_MAX;
        let read_max = graph.read().saturating_add(self.rules.work_max);
        for (key, value) in rows {
            let (RowKey::Evidence { strand, source }, RowValue::Evidence(evidence)) = (key, value)
            else {
                continue;
            };
            // What is derived from it is as much again, and has a bound of its own.
            if graph.read() >= read_max {
                return Ok(Taken::Evidence(last));
            }
            replace_evidence(graph, None, Some(&evidence), work)?;
            last = Some((strand, source));
        }
        Ok(if is_more {
            Taken::Evidence(last)
        } else {
            Taken::Facts(None)
        })
    }

    fn take_facts(
        &self,
        mut last: Option<FactId>,
        graph: &mut Graph<'_, Included<'a, R>>,
        work: &mut Work,
    ) -> Result<Taken, R::Error> {
        let after = last.map(|fact| RowKey::Fact { fact });
        let rows = (self.included.rows).scan(&RowPrefix::Facts, after.as_ref(), INPUTS_MAX)?;
        let is_more = rows.len() == INPUTS_MAX;
        for (key, value) in rows {
            if let (RowKey::Fact { fact }, RowValue::Fact(row)) = (key, value) {
                take_fact(graph, &row, work)?;
                last = Some(fact);
            }
        }
        Ok(if is_more {
            Taken::Facts(last)
        } else {
            Taken::All
        })
    }
}

/// Takes a fact as its row says it is: in force, or withdrawn. What is about sources moves evidence only, which is followed by
/// itself.
fn take_fact<R: Reader>(
    graph: &mut Graph<'_, R>,
    row: &FactRow,
    work: &mut Work,
) -> Result<(), R::Error> {
    if row.fact.statement.ends().is_empty() {
        return Ok(());
    }
    let known = graph.fact(row.fact.id)?;
    let done = match (&row.undone, known) {
        (None, None) => fact::state(graph, &row.fact, work)?,
        (Some(undo), Some(known)) if known.undone.is_none() => {
            fact::undo(graph, row.fact.id, undo, work)?
        }
        _ => Ok(()),
    };
    // Whether a fact is refused depends on facts alone, and the serving partition took it.
    debug_assert!(done.is_ok(), "{done:?}");
    Ok(())
}

/// The derived rows of effects. Nobody has seen the partition yet: its changes are not news.
fn derived(mut effects: Effects) -> Effects {
    effects.writes.retain(|key, _| !key.is_input());
    effects.changes.clear();
    effects
}
