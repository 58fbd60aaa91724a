//! What stands over and under a picture, and what it says to whoever does not see it.

use super::layout::{LINE_HEIGHT, Label, Line, Look, MARGIN, Scene, TITLE_CHARACTERS_MAX, line};
use super::plan::Plan;
use super::text::{self, SMALL};
use super::words;
use crate::profiles::Share;

/// Links, and refused links, that the description tells.
const DESCRIBED_MAX: usize = 16;

/// What the picture is of.
pub(super) fn title(plan: &Plan<'_>) -> String {
    match plan.people.first() {
        Some(first) => first.node.key.clone(),
        None => plan.graph.id.clone(),
    }
}

fn summary(plan: &Plan<'_>) -> String {
    let graph = plan.graph;
    let shown = graph.nodes.iter().filter(|node| node.share != Share::None);
    let omitted: u64 = graph.omitted.iter().map(|one| one.count).sum();
    let identifiers = shown.count() as u64 + omitted;
    let mut parts = vec![words::counted(identifiers, "identifier", "identifiers")];
    let refusals = graph.refusals.len() as u64 + graph.refusals_omitted;
    if refusals > 0 {
        parts.push(words::counted(refusals, "refused link", "refused links"));
    }
    parts.join(" · ")
}

pub(super) fn head(scene: &mut Scene, plan: &Plan<'_>) {
    let inner = scene.width - 2 * MARGIN;
    scene.labels.push(Label {
        x: MARGIN,
        y: 40,
        line: line(&scene.title, Look::Title, inner),
    });
    let text = format!("{} · {}", plan.graph.id, summary(plan));
    scene.labels.push(Label {
        x: MARGIN,
        y: 61,
        line: line(&text, Look::Small, inner),
    });
}

/// How to read it, and what is not there.
pub(super) fn foot(scene: &mut Scene, plan: &Plan<'_>) {
    let mut notes = vec!["Thicker lines were seen on more days.".to_owned()];
    if !plan.apart.is_empty() {
        notes[0].push_str(" Dashed ones were refused.");
    }
    if plan.refusals_left > 0 {
        let left = words::counted(plan.refusals_left, "refused link is", "refused links are");
        notes.push(format!("{left} not shown."));
    }
    if plan.graph.truncated {
        notes.push("The profile is larger than what was read: counts are lower bounds, and links may be missing.".into());
    }
    if plan.graph.pending {
        notes.push("Work on this identity is still going on: some of it may change.".into());
    }
    scene.height += 8;
    let inner = scene.width - 2 * MARGIN;
    for note in notes {
        for text in text::wrapped(&note, SMALL, inner, 3) {
            scene.height += LINE_HEIGHT;
            scene.labels.push(Label {
                x: MARGIN,
                y: scene.height,
                line: Line {
                    text,
                    look: Look::Small,
                },
            });
        }
    }
    scene.height += MARGIN - 6;
}

/// The picture for whoever does not see it.
pub(super) fn description(plan: &Plan<'_>) -> String {
    let mut sentences = vec![summary(plan)];
    let things = plan.groups.iter().flat_map(|group| &group.things);
    let links = plan.people.iter().chain(things);
    let links = links.filter_map(|shown| {
        let (link, _) = shown.link?;
        Some(words::story(link, shown.node.share))
    });
    sentences.extend(links.take(DESCRIBED_MAX));
    let refusals = plan.apart.iter().flat_map(|one| &one.refusals);
    let refusals = refusals.map(|refusal| words::refusal(refusal));
    sentences.extend(refusals.take(DESCRIBED_MAX));
    let sentences: Vec<String> = sentences
        .iter()
        .map(|sentence| text::clipped(sentence, TITLE_CHARACTERS_MAX / 2))
        .collect();
    sentences.join(". ")
}
