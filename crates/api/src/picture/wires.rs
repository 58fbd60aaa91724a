//! The lines of a picture: how thick they are, and which way they go.

use std::collections::BTreeMap;

use super::layout::{ARC_ROOM, Frame, INDENT, Kind, Scene, Wire};
use super::plan::Plan;

/// True when a thing hangs on a thing.
pub(super) fn has_arcs(plan: &Plan<'_>) -> bool {
    let mut things = plan.groups.iter().flat_map(|group| &group.things);
    let is_person = |key: &str| plan.people.iter().any(|shown| shown.node.key == key);
    things.any(|shown| shown.link.is_some_and(|(_, from)| !is_person(from)))
}

/// The links between what has a place.
pub(super) fn wires(scene: &Scene, plan: &Plan<'_>, places: &BTreeMap<String, usize>) -> Vec<Wire> {
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
    wires
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
