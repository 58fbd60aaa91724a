//! Where everything of a picture stands: boxes, lines between them, headings.
//!
//! - Three columns: what was kept apart, the person, the things. Each is as high as it needs and stands in the middle.
//! - The person's identifiers are a tree in lines, indented; things stand under the heading of their layer.

use std::collections::BTreeMap;

use super::plan::{Group, KeptApart, Plan, Shown};
use super::text::{self, SMALL, TITLE, VALUE};
use super::{captions, wires, words};
use crate::profiles::{GraphNodeBody, Share};

pub(super) const MARGIN: u32 = 28;
const HEADER_HEIGHT: u32 = 84;
const APART_WIDTH: u32 = 252;
const PEOPLE_WIDTH: u32 = 352;
const THINGS_WIDTH: u32 = 300;
const COLUMN_GAP: u32 = 76;
pub(super) const INDENT: u32 = 22;
/// Deeper trees are not indented further.
const INDENTS_MAX: u32 = 5;
pub(super) const PADDING: u32 = 12;
pub(super) const LINE_HEIGHT: u32 = 17;
const BOX_GAP: u32 = 10;
const HEADING_HEIGHT: u32 = 26;
const GROUP_GAP: u32 = 16;
/// Room at the right for lines from thing to thing.
pub(super) const ARC_ROOM: u32 = 40;
/// Lines of the reason of a refusal.
const REASON_LINES_MAX: usize = 4;
/// Characters of a text that is shown to whoever rests on a box.
pub(super) const TITLE_CHARACTERS_MAX: usize = 400;

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
    pub(super) fn middle(&self) -> u32 {
        self.y + self.height / 2
    }

    pub(super) fn right(&self) -> u32 {
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
    let mut scene = Scene {
        id: plan
            .graph
            .id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect(),
        width: 0,
        height: 0,
        title: captions::title(plan),
        description: captions::description(plan),
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
        x += THINGS_WIDTH + if wires::has_arcs(plan) { ARC_ROOM } else { 0 };
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
    scene.wires = wires::wires(&scene, plan, &places);
    captions::head(&mut scene, plan);
    scene.height = HEADER_HEIGHT + height;
    captions::foot(&mut scene, plan);
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

pub(super) fn line(text: &str, look: Look, width_max: u32) -> Line {
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
