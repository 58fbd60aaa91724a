//! Why two identifiers are, or are not, one customer, in words and in numbers.

use acquaint_api::ProfileKey;
use acquaint_api::profiles::{ExplanationBody, ExplanationVerdict, LinkBody, RefusalBody};
use acquaint_identity::{Day, Explanation, LinkRule, NodeId, Reason, Refused, Step, Stopped};

use super::reading::Reading;
use super::render;
use crate::Error;

/// Explains how two keys stand to each other.
pub(crate) fn explain(
    reading: &Reading<'_>,
    a: &ProfileKey,
    b: &ProfileKey,
) -> Result<ExplanationBody, Error> {
    let (from, to) = (reading.node(a)?, reading.node(b)?);
    let explanation = reading.resolve(|resolver| resolver.explain(from, to))?;
    let mut body = ExplanationBody {
        a: a.to_string(),
        b: b.to_string(),
        verdict: ExplanationVerdict::Unconnected,
        summary: String::new(),
        path: Vec::new(),
        refusals: Vec::new(),
        pending: false,
    };
    match explanation {
        Explanation::Unknown(node) => {
            body.verdict = ExplanationVerdict::Unknown;
            let unknown = if node == from { a } else { b };
            body.summary = format!("nothing is known of {unknown}");
        }
        Explanation::SameNode(_) => {
            body.verdict = ExplanationVerdict::SameProfile;
            body.summary = "both are spellings of one identifier".into();
        }
        Explanation::Linked { path, weakest } => linked(reading, &mut body, &path, weakest)?,
        Explanation::Refused(refused) => {
            body.verdict = ExplanationVerdict::Refused;
            for refused in &refused {
                body.refusals.push(refusal(reading, refused)?);
            }
            let first = body.refusals.first().map(|refusal| refusal.detail.as_str());
            body.summary = format!(
                "they are kept apart: {}",
                first.unwrap_or("a link was refused")
            );
        }
        Explanation::Stopped(stopped) => {
            body.verdict = ExplanationVerdict::Refused;
            let refusal = stopped_refusal(reading, &stopped, from, to)?;
            body.summary = format!("what they share links nobody: {}", refusal.detail);
            body.refusals.push(refusal);
        }
        Explanation::NoPath => body.summary = "nothing connects them".into(),
        Explanation::Pending => {
            body.pending = true;
            body.summary = "work on their identity is still pending; ask again later".into();
        }
    }
    Ok(body)
}

fn linked(
    reading: &Reading<'_>,
    body: &mut ExplanationBody,
    path: &[Step],
    weakest: usize,
) -> Result<(), Error> {
    body.verdict = ExplanationVerdict::SameProfile;
    for (number, step) in path.iter().enumerate() {
        body.path.push(LinkBody {
            a: reading.name(step.from)?,
            b: reading.name(step.to)?,
            rule: rule(step.rule),
            days: step.days.into(),
            first_day: step.first.map(date),
            last_day: step.last.map(date),
            sources: step.sources.iter().map(|source| source.0.clone()).collect(),
            sample_message_ids: step.sample_message_ids.iter().cloned().collect(),
            weakest: number == weakest,
        });
    }
    body.summary = match body.path.get(weakest) {
        Some(link) if path.len() > 1 => format!(
            "one customer, through {} links; the weakest is {} with {}, seen on {} days",
            path.len(),
            link.a,
            link.b,
            link.days
        ),
        _ => "one customer, by a link between the two".into(),
    };
    Ok(())
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

fn refusal(reading: &Reading<'_>, refused: &Refused) -> Result<RefusalBody, Error> {
    let (rule, detail) = reason(reading, &refused.reason)?;
    Ok(RefusalBody {
        a: reading.name(refused.from)?,
        b: reading.name(refused.to)?,
        rule: rule.into(),
        detail,
        days: refused.days.into(),
        sample_message_ids: Vec::new(),
    })
}

fn reason(reading: &Reading<'_>, reason: &Reason) -> Result<(&'static str, String), Error> {
    Ok(match reason {
        Reason::NeverLink(_) => (
            "never_link",
            "an operator said that they are never one".into(),
        ),
        Reason::Overruled(_) => (
            "overruled",
            "a later fact overrules the one that would link them".into(),
        ),
        Reason::Exclusive(rank) => {
            let namespace = reading.namespace(rank.0);
            (
                "exclusive",
                format!("both sides have a {namespace}, of which a person has one"),
            )
        }
        Reason::FirstNames(a, b) => (
            "first_names",
            format!("the two sides go by different first names, {a} and {b}"),
        ),
        Reason::BirthDates(a, b) => (
            "birth_dates",
            format!("the two sides have different birth dates, {a} and {b}"),
        ),
        Reason::Uncorroborated => (
            "uncorroborated",
            "both are known customers, and only something that people share links them".into(),
        ),
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
        Reason::SharedMailbox => ("shared_mailbox", "the mailbox is several people's".into()),
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

fn stopped_refusal(
    reading: &Reading<'_>,
    stopped: &Stopped,
    from: NodeId,
    to: NodeId,
) -> Result<RefusalBody, Error> {
    let (rule, detail) = match stopped {
        Stopped::Blocked(node) => ("blocked", format!("{} is blocked", reading.name(*node)?)),
        Stopped::Shared(node) => {
            let name = reading.name(*node)?;
            ("shared", format!("{name} is several people's"))
        }
        Stopped::Hub {
            node,
            rank,
            neighbours,
            cap,
        } => {
            let (name, namespace) = (reading.name(*node)?, reading.namespace(rank.0));
            (
                "hub",
                format!(
                    "{name} goes with {neighbours} values of {namespace}, and at most {cap} may link"
                ),
            )
        }
    };
    Ok(RefusalBody {
        a: reading.name(from)?,
        b: reading.name(to)?,
        rule: rule.into(),
        detail,
        days: 0,
        sample_message_ids: Vec::new(),
    })
}

fn date(day: Day) -> String {
    render::date(acquaint_profile::Day(day.0))
}
