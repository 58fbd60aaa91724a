//! Where everything of a picture stands: boxes, lines between them, headings.
//!
//! - Three columns: what was kept apart, the person, the things. Each is as high as it needs and stands in the middle.
//! - The person's identifiers are a tree in lines, indented; things stand under the heading of their layer.

use std::collections::BTreeMap;

use super::plan::{Group, KeptApart, Plan, Shown};
use super::text::{self, SMALL, TITLE, VALUE};
use super::words;
use crate::profiles::{GraphNodeBody, Share};

const MARGIN: u32 = 28;
const HEADER_HEIGHT: u32 = 84;
const APART_WIDTH: u32 = 252;
const PEOPLE_WIDTH: u32 = 352;
const THINGS_WIDTH: u32 = 300;
const COLUMN_GAP: u32 = 76;
const INDENT: u32 = 22;
/// Deeper trees are not indented further.
const INDENTS_MAX: u32 = 5;
const PADDING: u32 = 12;
const LINE_HEIGHT: u32 = 17;
const BOX_GAP: u32 = 10;
const HEADING_HEIGHT: u32 = 26;
const GROUP_GAP: u32 = 16;
/// Room at the right for lines from thing to thing.
const ARC_ROOM: u32 = 40;
/// Lines of the reason of a refusal.
const REASON_LINES_MAX: usize = 4;
/// Characters of a text that is shown to whoever rests on a box.
const TITLE_CHARACTERS_MAX: usize = 400;
/// Links that the description of the picture tells.
const DESCRIBED_MAX: usize = 16;

/// What a box or a line is: its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Person,
    Number,
    Device,
    Browser,
    Apart,
}

/// One line of text.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) look: Look,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Title,
    Heading,
    Value,
    Small,
    Weakest,
    Reason,
}

/// An identifier.
pub(super) struct Frame {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) kind: Kind,
    pub(super) is_weakest: bool,
    pub(super) lines: Vec<Line>,
    pub(super) title: String,
}

impl Frame {
    fn middle(&self) -> u32 {
        self.y + self.height / 2
    }

    fn right(&self) -> u32 {
        self.x + self.width
    }
}

/// A link.
pub(super) struct Wire {
    pub(super) path: String,
    /// Tenths of a pixel.
    pub(super) thickness: u32,
    pub(super) is_weakest: bool,
    pub(super) is_refused: bool,
}

/// A text that is in no box.
pub(super) struct Label {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) line: Line,
}

/// A picture with its places.
pub(super) struct Scene {
    pub(super) id: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) frames: Vec<Frame>,
    pub(super) wires: Vec<Wire>,
    pub(super) labels: Vec<Label>,
}

pub(super) fn layout(plan: &Plan<'_>) -> Scene {
    let title = heading(plan);
    let mut scene = Scene {
        id: plan
            .graph
            .id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect(),
        width: 0,
        height: 0,
        title: title.clone(),
        description: description(plan),
        frames: Vec::new(),
        wires: Vec::new(),
        labels: Vec::new(),
    };
    let mut x = MARGIN;
    let mut columns = Vec::new();
    if !plan.apart.is_empty() {
        columns.push(kept_apart(&plan.apart, x));
        x += APART_WIDTH + COLUMN_GAP;
    }
    columns.push(people(plan, x));
    x += PEOPLE_WIDTH;
    if !plan.groups.is_empty() {
        x += COLUMN_GAP;
        columns.push(things(&plan.groups, x));
        x += THINGS_WIDTH + if has_arcs(plan) { ARC_ROOM } else { 0 };
    }
    scene.width = x + MARGIN;
    let height = columns
        .iter()
        .map(|column| column.height)
        .max()
        .unwrap_or(0);
    let mut places = BTreeMap::new();
    for column in columns {
        let down = HEADER_HEIGHT + (height - column.height) / 2;
        place(&mut scene, &mut places, column, down);
    }
    connect(&mut scene, plan, &places);
    head(&mut scene, plan, &title);
    scene.height = HEADER_HEIGHT + height;
    foot(&mut scene, plan);
    scene
}

/// A column with places of its own: nought is its top.
#[derive(Default)]
struct Column {
    frames: Vec<(String, Frame)>,
    labels: Vec<Label>,
    height: u32,
}

impl Column {
    fn heading(&mut self, x: u32, text: &str) {
        if self.height > 0 {
            self.height += GROUP_GAP;
        }
        self.label(x, text, Look::Heading);
    }

    fn label(&mut self, x: u32, text: &str, look: Look) {
        self.labels.push(Label {
            x,
            y: self.height + 14,
            line: Line {
                text: text.to_owned(),
                look,
            },
        });
        self.height += HEADING_HEIGHT;
    }

    fn frame(&mut self, key: &str, mut frame: Frame) {
        frame.y = self.height;
        frame.height = 2 * (PADDING - 3) + count(frame.lines.len()) * LINE_HEIGHT;
        self.height += frame.height + BOX_GAP;
        self.frames.push((key.to_owned(), frame));
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn people(plan: &Plan<'_>, left: u32) -> Column {
    let mut column = Column::default();
    column.heading(left, words::heading(plan.layer));
    for shown in &plan.people {
        let indent = INDENT * shown.depth.min(INDENTS_MAX);
        let frame = frame_of(shown, left + indent, PEOPLE_WIDTH - indent);
        column.frame(&shown.node.key, frame);
    }
    if let Some(more) = &plan.people_more {
        column.label(left, more, Look::Small);
    }
    column
}

fn things(groups: &[Group<'_>], left: u32) -> Column {
    let mut column = Column::default();
    for group in groups {
        column.heading(left, words::heading(group.layer));
        for shown in &group.things {
            column.frame(&shown.node.key, frame_of(shown, left, THINGS_WIDTH));
        }
        if let Some(more) = &group.more {
            column.label(left, more, Look::Small);
        }
    }
    column
}

fn kept_apart(apart: &[KeptApart<'_>], left: u32) -> Column {
    let mut column = Column::default();
    column.heading(left, "Kept apart");
    for one in apart {
        let inner = APART_WIDTH - 2 * PADDING;
        let mut lines = vec![
            line(&one.node.value, Look::Value, inner),
            line(&one.node.namespace, Look::Small, inner),
        ];
        if let Some(first) = one.refusals.first() {
            let reason = text::wrapped(&first.detail, SMALL, inner, REASON_LINES_MAX);
            lines.extend(reason.into_iter().map(|text| Line {
                text,
                look: Look::Reason,
            }));
        }
        if one.refusals.len() > 1 {
            let more = one.refusals.len() as u64 - 1;
            let more = words::counted(more, "more refused link", "more refused links");
            lines.push(line(&more, Look::Reason, inner));
        }
        let stories: Vec<String> = one.refusals.iter().map(|one| words::refusal(one)).collect();
        let frame = Frame {
            x: left,
            y: 0,
            width: APART_WIDTH,
            height: 0,
            kind: Kind::Apart,
            is_weakest: false,
            lines,
            title: text::clipped(&stories.join(" / "), TITLE_CHARACTERS_MAX),
        };
        column.frame(&one.node.key, frame);
    }
    column
}

fn line(text: &str, look: Look, width_max: u32) -> Line {
    let font = match look {
        Look::Title => TITLE,
        Look::Value => VALUE,
        _ => SMALL,
    };
    Line {
        text: text::fitted(text, font, width_max),
        look,
    }
}

fn frame_of(shown: &Shown<'_>, x: u32, width: u32) -> Frame {
    let inner = width - 2 * PADDING;
    let link = shown.link.map(|(link, _)| link);
    let mut lines = vec![
        line(&shown.node.value, Look::Value, inner),
        line(&words::label(shown.node, link), Look::Small, inner),
    ];
    let is_weakest = link.is_some_and(|link| link.weakest);
    if is_weakest {
        lines.push(line("the weakest link", Look::Weakest, inner));
    }
    let story = link.map_or_else(
        || shown.node.key.clone(),
        |link| words::story(link, shown.node.share),
    );
    Frame {
        x,
        y: 0,
        width,
        height: 0,
        kind: kind(shown.node),
        is_weakest,
        lines,
        title: text::clipped(&story, TITLE_CHARACTERS_MAX),
    }
}

fn kind(node: &GraphNodeBody) -> Kind {
    match (node.share, node.layer) {
        (Share::None, _) => Kind::Apart,
        (_, 0) => Kind::Person,
        (_, 1) => Kind::Number,
        (_, 2) => Kind::Device,
        _ => Kind::Browser,
    }
}

fn place(scene: &mut Scene, places: &mut BTreeMap<String, usize>, column: Column, down: u32) {
    for (key, mut frame) in column.frames {
        frame.y += down;
        places.insert(key, scene.frames.len());
        scene.frames.push(frame);
    }
    scene
        .labels
        .extend(column.labels.into_iter().map(|mut label| {
            label.y += down;
            label
        }));
}

/// True when a thing hangs on a thing.
fn has_arcs(plan: &Plan<'_>) -> bool {
    let mut things = plan.groups.iter().flat_map(|group| &group.things);
    let is_person = |key: &str| plan.people.iter().any(|shown| shown.node.key == key);
    things.any(|shown| shown.link.is_some_and(|(_, from)| !is_person(from)))
}

/// Draws the links between what has a place.
fn connect(scene: &mut Scene, plan: &Plan<'_>, places: &BTreeMap<String, usize>) {
    let things = plan.groups.iter().flat_map(|group| &group.things);
    let frame = |key: &str| places.get(key).map(|place| &scene.frames[*place]);
    let mut wires = Vec::new();
    for shown in plan.people.iter().chain(things) {
        let Some((link, parent)) = shown.link else {
            continue;
        };
        let (Some(from), Some(to)) = (frame(parent), frame(&shown.node.key)) else {
            continue;
        };
        wires.push(Wire {
            path: path(from, to),
            thickness: thickness(link.days),
            is_weakest: link.weakest,
            is_refused: false,
        });
    }
    for one in &plan.apart {
        for refusal in &one.refusals {
            let (Some(from), Some(to)) = (frame(&one.node.key), frame(&refusal.a)) else {
                continue;
            };
            wires.push(Wire {
                path: refused_path(from, to),
                thickness: thickness(refusal.days),
                is_weakest: false,
                is_refused: true,
            });
        }
    }
    scene.wires = wires;
}

/// Thicker with more days, in steps of twice as many.
fn thickness(days: u64) -> u32 {
    (14 + 7 * days.max(1).ilog2()).min(60)
}

/// A line from box to box: by the elbow of the tree within the person's column, around the right within the things', else a
/// curve from side to side.
fn path(from: &Frame, to: &Frame) -> String {
    if from.right() < to.x {
        return curve(from, to);
    }
    if to.right() < from.x {
        return curve(to, from);
    }
    if from.kind == Kind::Person && to.kind == Kind::Person || from.x != to.x {
        return elbow(from, to);
    }
    let bulge = from.right() + ARC_ROOM - 6;
    format!(
        "M{} {}C{bulge} {} {bulge} {} {} {}",
        from.right(),
        from.middle(),
        from.middle(),
        to.middle(),
        to.right(),
        to.middle()
    )
}

fn curve(left: &Frame, right: &Frame) -> String {
    bent((left.right(), left.middle()), (right.x, right.middle()))
}

/// As far above the middle as the elbows of the tree need not be crossed.
fn refused_path(from: &Frame, to: &Frame) -> String {
    bent((from.right(), from.middle()), (to.x, to.y + to.height / 4))
}

fn bent((start, y): (u32, u32), (end, end_y): (u32, u32)) -> String {
    let middle = start.midpoint(end);
    format!("M{start} {y}C{middle} {y} {middle} {end_y} {end} {end_y}")
}

fn elbow(from: &Frame, to: &Frame) -> String {
    let (corner, end) = (6, to.middle());
    if to.x > from.x {
        let trunk = from.x + INDENT / 2;
        let bend = trunk + corner;
        return format!(
            "M{trunk} {}V{}Q{trunk} {end} {bend} {end}H{}",
            from.y + from.height,
            end.saturating_sub(corner),
            to.x
        );
    }
    let trunk = from.x.saturating_sub(INDENT / 2);
    format!("M{} {}H{trunk}V{end}H{}", from.x, from.middle(), to.x)
}

/// What the picture is of.
fn heading(plan: &Plan<'_>) -> String {
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

fn head(scene: &mut Scene, plan: &Plan<'_>, title: &str) {
    let inner = scene.width - 2 * MARGIN;
    scene.labels.push(Label {
        x: MARGIN,
        y: 40,
        line: line(title, Look::Title, inner),
    });
    let text = format!("{} · {}", plan.graph.id, summary(plan));
    scene.labels.push(Label {
        x: MARGIN,
        y: 61,
        line: line(&text, Look::Small, inner),
    });
}

/// How to read it, and what is not there.
fn foot(scene: &mut Scene, plan: &Plan<'_>) {
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
fn description(plan: &Plan<'_>) -> String {
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
