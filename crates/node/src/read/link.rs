//! Links, accepted and refused, as answers: with the rule, the days, who said so, and the values that contradict each other.

use acquaint_api::profiles::{LinkBody, RefusalBody};
use acquaint_identity::{
    Contradiction, Day, DayRange, Fact, FactId, LinkRule, NodeId, Reader, Reason, Refused, RowKey,
    RowValue, Sighting, Step, Stopped,
};
use acquaint_profile::Timestamp;

use super::reading::Reading;
use super::{render, samples};
use crate::Error;
use crate::facts::fact_text;

/// Messages that are named for one link.
const SAMPLES_GIVEN_MAX: usize = 5;
/// Stretches of days that a sentence names.
const STRETCHES_NAMED_MAX: usize = 3;

/// An accepted link.
pub(crate) fn accepted(
    reading: &Reading<'_>,
    step: &Step,
    weakest: bool,
) -> Result<LinkBody, Error> {
    let seen = Seen::of(reading, &step.seen)?;
    let fact = match step.rule {
        LinkRule::MustLink(fact) => Some(fact_text(fact)),
        _ => None,
    };
    Ok(LinkBody {
        a: reading.name(step.from)?,
        b: reading.name(step.to)?,
        rule: rule(step.rule),
        days: step.seen.days.into(),
        first_day: seen.first_day,
        last_day: seen.last_day,
        sources: seen.sources,
        sample_message_ids: seen.sample_message_ids,
        through: seen.through,
        fact,
        weakest,
    })
}

fn rule(rule: LinkRule) -> String {
    match rule {
        LinkRule::MustLink(_) => "must_link".into(),
        LinkRule::Alias => "alias".into(),
        LinkRule::SeenTogether { tier } => format!("seen_together_tier_{tier}"),
        LinkRule::SameThing { layer } => format!("same_thing_layer_{layer}"),
        LinkRule::Owned => "owned".into(),
    }
}

/// A refused link.
pub(crate) fn refused(reading: &Reading<'_>, refused: &Refused) -> Result<RefusalBody, Error> {
    let seen = Seen::of(reading, &refused.seen)?;
    let values = match &refused.contradiction {
        Some(Contradiction::Nodes(a, b)) => Some([reading.name(*a)?, reading.name(*b)?]),
        Some(Contradiction::Values(a, b)) => Some([a.clone(), b.clone()]),
        None => None,
    };
    let (rule, detail) = reason(reading, refused, values.as_ref(), &seen)?;
    let fact = match refused.reason {
        Reason::NeverLink(fact) | Reason::Overruled(fact) => Some(fact_text(fact)),
        _ => None,
    };
    Ok(RefusalBody {
        a: reading.name(refused.from)?,
        b: reading.name(refused.to)?,
        rule: rule.into(),
        detail,
        values,
        days: refused.seen.days.into(),
        first_day: seen.first_day,
        last_day: seen.last_day,
        sources: seen.sources,
        sample_message_ids: seen.sample_message_ids,
        through: seen.through,
        fact,
    })
}

/// What keeps two apart that no link was tried between.
pub(crate) fn stopped(
    reading: &Reading<'_>,
    stopped: &Stopped,
    seen: &Sighting,
    (from, to): (NodeId, NodeId),
) -> Result<RefusalBody, Error> {
    let name = reading.name(stopped.node())?;
    let (rule, detail) = match stopped {
        Stopped::Blocked(_) => ("blocked", format!("{name} is blocked")),
        Stopped::Shared(_) => ("shared", format!("{name} is several people's")),
        Stopped::ByDay { node, days } => {
            let person = reading.name(if *node == from { to } else { from })?;
            let days = stretches(days);
            (
                "by_day",
                format!("{name} is several people's, and that of {person} only {days}"),
            )
        }
        Stopped::Hub {
            rank,
            neighbours,
            cap,
            ..
        } => {
            let namespace = reading.namespace(rank.0);
            (
                "hub",
                format!(
                    "{name} goes with {neighbours} values of {namespace}, and at most {cap} may link"
                ),
            )
        }
    };
    let days = seen.days.into();
    let seen = Seen::of(reading, seen)?;
    Ok(RefusalBody {
        a: reading.name(from)?,
        b: reading.name(to)?,
        rule: rule.into(),
        detail,
        values: None,
        days,
        first_day: seen.first_day,
        last_day: seen.last_day,
        sources: seen.sources,
        sample_message_ids: seen.sample_message_ids,
        through: seen.through,
        fact: None,
    })
}

/// A sighting as texts.
struct Seen {
    first_day: Option<String>,
    last_day: Option<String>,
    sources: Vec<String>,
    sample_message_ids: Vec<String>,
    through: Option<String>,
}

impl Seen {
    fn of(reading: &Reading<'_>, seen: &Sighting) -> Result<Self, Error> {
        let through = seen.through.map(|node| reading.name(node)).transpose()?;
        Ok(Self {
            first_day: seen.first.map(date),
            last_day: seen.last.map(date),
            sources: seen.sources.iter().map(|source| source.0.clone()).collect(),
            sample_message_ids: samples::of(
                reading,
                &seen.strands,
                &seen.sources,
                SAMPLES_GIVEN_MAX,
            )?,
            through,
        })
    }
}

fn reason(
    reading: &Reading<'_>,
    refused: &Refused,
    values: Option<&[String; 2]>,
    seen: &Seen,
) -> Result<(&'static str, String), Error> {
    let between = |what: &str| match values {
        Some([a, b]) => format!("{what}, {a} and {b}"),
        None => what.to_owned(),
    };
    Ok(match &refused.reason {
        Reason::NeverLink(fact) => (
            "never_link",
            stated(reading, *fact, "that they are never one")?,
        ),
        Reason::Overruled(fact) => (
            "overruled",
            stated(reading, *fact, "later that they are never one")?,
        ),
        Reason::Exclusive(rank) => {
            let namespace = reading.namespace(rank.0);
            let what = format!("both sides have a {namespace}, of which a person has one");
            ("exclusive", between(&what))
        }
        Reason::FirstNames(..) => (
            "first_names",
            between("the two sides go by different first names"),
        ),
        Reason::BirthDates(..) => (
            "birth_dates",
            between("the two sides have different birth dates"),
        ),
        Reason::Uncorroborated => {
            let what = match &seen.through {
                Some(thing) => format!("only {thing}, which people share,"),
                None => "only something that people share".into(),
            };
            let detail = format!(
                "both are known customers, and {what} links them: neither one name nor a birth date says that they are one"
            );
            ("uncorroborated", detail)
        }
        Reason::NamespaceLimit(rank, limit) => {
            let namespace = reading.namespace(rank.0);
            (
                "namespace_limit",
                format!("together they would have more than {limit} values of {namespace}"),
            )
        }
        Reason::Size(limit) => (
            "size",
            format!("together they would have more than {limit} identifiers"),
        ),
        Reason::SharedMailbox => ("shared_mailbox", between("the mailbox is several people's")),
        Reason::Dominated(login) => {
            let name = reading.name(*login)?;
            ("dominated", format!("the mailbox is mostly that of {name}"))
        }
        Reason::Operator => (
            "operator",
            "the login is a member of staff's, and the other a customer's that they served".into(),
        ),
    })
}

/// Who stated a fact, when and why.
fn stated(reading: &Reading<'_>, id: FactId, what: &str) -> Result<String, Error> {
    let Some(RowValue::Fact(row)) = reading.rows().get(&RowKey::Fact { fact: id })? else {
        return Err(Error::Inconsistent(
            "a refusal names a fact that has no row".into(),
        ));
    };
    let Fact { author, reason, .. } = &row.fact;
    let day = render::date(Timestamp(row.fact.at_ms).day());
    Ok(format!("{author} said on {day} {what}: {reason}"))
}

/// `on 2026-02-01 and from 2026-02-03 to 2026-02-05`.
fn stretches(days: &[DayRange]) -> String {
    let stretch = |range: &DayRange| match (range.first, range.last) {
        (first, last) if first == last => format!("on {}", date(first)),
        (Day(0), last) => format!("until {}", date(last)),
        (first, Day(u32::MAX)) => format!("from {} on", date(first)),
        (first, last) => format!("from {} to {}", date(first), date(last)),
    };
    let mut named: Vec<String> = days.iter().take(STRETCHES_NAMED_MAX).map(stretch).collect();
    if days.len() > STRETCHES_NAMED_MAX {
        named.push("on other days".into());
    }
    match named.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => named.concat(),
    }
}

fn date(day: Day) -> String {
    render::date(acquaint_profile::Day(day.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_days_read_like_a_sentence() {
        let ranges = |ends: &[(u32, u32)]| -> Vec<DayRange> {
            let range = |(first, last): &(u32, u32)| DayRange {
                first: Day(*first),
                last: Day(*last),
            };
            ends.iter().map(range).collect()
        };
        for (days, expected) in [
            (ranges(&[(1, 1)]), "on 1970-01-02"),
            (
                ranges(&[(1, 1), (3, 5)]),
                "on 1970-01-02 and from 1970-01-04 to 1970-01-06",
            ),
            (ranges(&[(0, 9)]), "until 1970-01-10"),
            (ranges(&[(9, u32::MAX)]), "from 1970-01-10 on"),
            (
                ranges(&[(1, 1), (3, 3), (5, 5), (7, 7)]),
                "on 1970-01-02, on 1970-01-04, on 1970-01-06 and on other days",
            ),
        ] {
            assert_eq!(stretches(&days), expected);
        }
    }
}
