//! Numbers that people gave: survey answers and sentiment.

use serde::{Deserialize, Serialize};

use crate::rollup::{Entry, SampleKey};
use crate::{Monoid, Thousandths};

/// The kinds of survey that are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Survey {
    /// Net promoter score, 0 to 10.
    Nps,
    /// Customer satisfaction, 0 to 100.
    Csat,
    /// Customer effort score, 0 to 100.
    Ces,
}

impl Survey {
    /// Its name in messages and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Survey::Nps => "nps",
            Survey::Csat => "csat",
            Survey::Ces => "ces",
        }
    }

    /// The survey of a name, in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        [Survey::Nps, Survey::Csat, Survey::Ces]
            .into_iter()
            .find(|survey| survey.as_str() == name)
    }

    /// The highest score; the lowest is 0.
    pub(crate) fn score_max(self) -> Thousandths {
        match self {
            Survey::Nps => Thousandths(10_000),
            Survey::Csat | Survey::Ces => Thousandths(100_000),
        }
    }
}

impl SampleKey for Survey {
    fn text(&self) -> &str {
        self.as_str()
    }
}

/// Scores summed up: answers to a survey, or sentiment from −1 to 1.
///
/// The lowest and the highest are entries, so that an answer can show the message; of equal scores the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// How many.
    pub count: u64,
    /// Their sum in thousandths.
    pub sum: i128,
    /// The lowest.
    pub lowest: Option<Entry<Thousandths>>,
    /// The highest.
    pub highest: Option<Entry<Thousandths>>,
    /// The newest.
    pub last: Option<Entry<Thousandths>>,
}

impl Scores {
    /// One score.
    pub(crate) fn one(entry: Entry<Thousandths>) -> Self {
        Scores {
            count: 1,
            sum: i128::from(entry.value.0),
            lowest: Some(entry.clone()),
            highest: Some(entry.clone()),
            last: Some(entry),
        }
    }

    /// The mean, rounded half away from zero; none without scores.
    pub fn mean(&self) -> Option<Thousandths> {
        if self.count == 0 {
            return None;
        }
        let count = i128::from(self.count);
        let mean = (2 * self.sum + self.sum.signum() * count) / (2 * count);
        Some(Thousandths(
            i32::try_from(mean).expect("a mean lies between its scores"),
        ))
    }
}

impl Monoid for Scores {
    fn empty() -> Self {
        Scores {
            count: 0,
            sum: 0,
            lowest: None,
            highest: None,
            last: None,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        // The score in front decides, and negated for the lowest; entries then make the choice total.
        keep_greater(&mut self.lowest, &other.lowest, |entry| -entry.value.0);
        keep_greater(&mut self.highest, &other.highest, |entry| entry.value.0);
        keep_greater(&mut self.last, &other.last, |_| 0);
    }
}

type Score = Entry<Thousandths>;

fn keep_greater(held: &mut Option<Score>, other: &Option<Score>, weight: fn(&Score) -> i32) {
    let rank = |entry: &Option<Score>| entry.as_ref().map(weight);
    if (rank(other), other) > (rank(held), held) {
        held.clone_from(other);
    }
}
