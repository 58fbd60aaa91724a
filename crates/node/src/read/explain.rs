//! Why two identifiers are, or are not, one customer, in words and in numbers.

use acquaint_api::ProfileKey;
use acquaint_api::profiles::{ExplanationBody, ExplanationVerdict};
use acquaint_identity::{Explanation, Step, Stopped};

use super::link;
use super::reading::Reading;
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
                body.refusals.push(link::refused(reading, refused)?);
            }
            let first = body.refusals.first().map(|refusal| refusal.detail.as_str());
            body.summary = format!(
                "they are kept apart: {}",
                first.unwrap_or("a link was refused")
            );
        }
        Explanation::Stopped(stopped, seen) => {
            body.verdict = ExplanationVerdict::Refused;
            let refusal = link::stopped(reading, &stopped, &seen, (from, to))?;
            body.summary = match stopped {
                Stopped::ByDay { .. } => format!("one customer on some days: {}", refusal.detail),
                _ => format!("what they share links nobody: {}", refusal.detail),
            };
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
        body.path
            .push(link::accepted(reading, step, number == weakest)?);
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
