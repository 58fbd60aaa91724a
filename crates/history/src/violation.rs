//! What is told of a history that does not fit.

use std::collections::BTreeMap;
use std::fmt;

use crate::operation::{Operation, Outcome};

/// How many columns the time takes in a drawing.
const COLUMNS: usize = 48;
/// Operations that are drawn. The last ones, if there are more.
const DRAWN_MAX: usize = 60;

/// Why a history was not found to be linearizable.
#[derive(Debug)]
pub enum Refusal {
    /// There is no order in which its operations could have taken effect.
    NotLinearizable(Box<Violation>),
    /// The search met its bound: nothing is known.
    Undecided {
        /// The bound.
        configurations_max: usize,
    },
}

/// The part of a history that does not fit, and how far an order came.
#[derive(Debug)]
pub struct Violation {
    /// How many operations the whole history had.
    pub operations: usize,
    /// The part, in order of begin.
    pub part: Vec<Line>,
    /// The state after the longest begin of an order.
    pub state: String,
}

/// One operation of the part.
#[derive(Debug)]
pub struct Line {
    /// Who asked.
    pub client: u64,
    /// What, and what came of it.
    pub text: String,
    /// Its place in the longest begin of an order, if it has one.
    pub place: Option<usize>,
    begin: u64,
    end: u64,
}

impl Violation {
    pub(crate) fn new<I: fmt::Debug, O: fmt::Debug>(
        operations: usize,
        part: &[Operation<I, O>],
        order: &[usize],
        state: String,
    ) -> Self {
        let mut lines: Vec<Line> = part
            .iter()
            .enumerate()
            .map(|(at, operation)| line(operation, order.iter().position(|placed| *placed == at)))
            .collect();
        lines.sort_by_key(|line| line.begin);
        Violation {
            operations,
            part: lines,
            state,
        }
    }
}

fn line<I: fmt::Debug, O: fmt::Debug>(operation: &Operation<I, O>, place: Option<usize>) -> Line {
    let Operation { client, input, .. } = operation;
    let text = match &operation.outcome {
        Outcome::Done(output) => format!("{input:?} → {output:?}"),
        Outcome::Failed => format!("{input:?} failed"),
        Outcome::Unknown => format!("{input:?} → ?"),
    };
    Line {
        client: *client,
        text,
        place,
        begin: operation.begin,
        end: operation.deadline(),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotLinearizable(violation) => violation.fmt(f),
            Refusal::Undecided { configurations_max } => write!(
                f,
                "undecided: the search for an order met its bound of {configurations_max} configurations"
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (part, all) = (self.part.len(), self.operations);
        writeln!(
            f,
            "not linearizable: these {part} of {all} operations do not fit"
        )?;
        let drawn = &self.part[part.saturating_sub(DRAWN_MAX)..];
        let columns = Columns::of(drawn);
        for line in drawn {
            let place = line
                .place
                .map_or(String::new(), |place| format!("#{}", place + 1));
            let bar = columns.bar(line);
            writeln!(
                f,
                "  client {:<3} {bar} {place:>5} {}",
                line.client, line.text
            )?;
        }
        let come = match self.part.iter().any(|line| line.place.is_some()) {
            true => "after those with a number nothing can come",
            false => "none of them can come first",
        };
        write!(f, "{come}, where the state is {}", self.state)
    }
}

/// Where moments lie in a drawing: by their order, not by their distance.
struct Columns(BTreeMap<u64, usize>);

impl Columns {
    fn of(lines: &[Line]) -> Self {
        let moments = lines.iter().flat_map(|line| [line.begin, line.end]);
        let mut columns: BTreeMap<u64, usize> = moments.map(|moment| (moment, 0)).collect();
        let last = columns.len().saturating_sub(1).max(1);
        for (at, column) in columns.values_mut().enumerate() {
            *column = at * (COLUMNS - 1) / last;
        }
        Columns(columns)
    }

    fn bar(&self, line: &Line) -> String {
        let column = |moment| self.0.get(moment).copied().unwrap_or(0);
        let (begin, end) = (column(&line.begin), column(&line.end));
        let cell = |at| match at {
            _ if at == begin => '├',
            _ if at == end && line.end == u64::MAX => '…',
            _ if at == end => '┤',
            _ if at > begin && at < end => '─',
            _ => ' ',
        };
        (0..COLUMNS).map(cell).collect()
    }
}
