//! What of a graph is drawn, and in which order; nothing of where.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use super::words;
use super::{KEPT_APART_DRAWN_MAX, PEOPLE_DRAWN_MAX, THINGS_DRAWN_MAX};
use crate::profiles::{GraphBody, GraphNodeBody, LinkBody, RefusalBody, Share};

/// An identifier that is drawn.
pub(super) struct Shown<'a> {
    pub(super) node: &'a GraphNodeBody,
    /// The link that brought it in, and the identifier at its other end.
    pub(super) link: Option<(&'a LinkBody, &'a str)>,
    /// How many links of the person's identifiers lie between it and the first one.
    pub(super) depth: u32,
}

/// Things of one layer.
pub(super) struct Group<'a> {
    pub(super) layer: u8,
    pub(super) things: Vec<Shown<'a>>,
    /// What is left out, in words.
    pub(super) more: Option<String>,
}

/// Somebody else's identifier, with the links that were refused.
pub(super) struct KeptApart<'a> {
    pub(super) node: &'a GraphNodeBody,
    pub(super) refusals: Vec<&'a RefusalBody>,
}

/// A picture before it has places.
pub(super) struct Plan<'a> {
    pub(super) graph: &'a GraphBody,
    /// The layer of what makes the profile: 0, or that of things which nobody is known of.
    pub(super) layer: u8,
    /// What makes the profile, as a tree in preorder.
    pub(super) people: Vec<Shown<'a>>,
    pub(super) people_more: Option<String>,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) apart: Vec<KeptApart<'a>>,
    /// Refused links that are not drawn.
    pub(super) refusals_left: u64,
}

/// The link that leads to a node from the first one, and the node at its other end.
type Ways<'a> = BTreeMap<&'a str, (&'a LinkBody, &'a str)>;

pub(super) fn plan(graph: &GraphBody) -> Plan<'_> {
    let members: Vec<&GraphNodeBody> = members(graph).collect();
    let layer = members.iter().map(|node| node.layer).min().unwrap_or(0);
    let ways = ways(graph, &members);
    let all = in_preorder(&members, &ways, layer);
    let (people, hidden) = all.split_at(all.len().min(PEOPLE_DRAWN_MAX));
    let people: Vec<Shown<'_>> = people
        .iter()
        .map(|(node, depth)| shown(node, &ways, *depth))
        .collect();
    let hidden = hidden.iter().map(|(node, _)| node.namespace.as_str());
    let people_more = more(graph, layer, hidden);
    let groups = groups(graph, &members, &ways, (layer, &people));
    let (apart, refusals_left) = apart(graph, &people, &groups);
    Plan {
        graph,
        layer,
        people,
        people_more,
        groups,
        apart,
        refusals_left,
    }
}

fn members(graph: &GraphBody) -> impl Iterator<Item = &GraphNodeBody> {
    graph.nodes.iter().filter(|node| node.share != Share::None)
}

fn shown<'a>(node: &'a GraphNodeBody, ways: &Ways<'a>, depth: u32) -> Shown<'a> {
    let link = ways.get(node.key.as_str()).copied();
    Shown { node, link, depth }
}

/// Where each node is reached from: the links are a forest, so there is one way.
fn ways<'a>(graph: &'a GraphBody, members: &[&'a GraphNodeBody]) -> Ways<'a> {
    let mut near: BTreeMap<&str, Vec<(&str, &LinkBody)>> = BTreeMap::new();
    for link in &graph.links {
        near.entry(&link.a).or_default().push((&link.b, link));
        near.entry(&link.b).or_default().push((&link.a, link));
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut ways = Ways::new();
    for root in members {
        let mut queue = VecDeque::from([root.key.as_str()]);
        if !seen.insert(root.key.as_str()) {
            continue;
        }
        while let Some(at) = queue.pop_front() {
            for (next, link) in near.get(at).into_iter().flatten() {
                if seen.insert(next) {
                    ways.insert(next, (link, at));
                    queue.push_back(next);
                }
            }
        }
    }
    ways
}

/// The nodes of a layer, each after the one that it hangs on, with its depth; what was seen on more days comes first.
fn in_preorder<'a>(
    members: &[&'a GraphNodeBody],
    ways: &Ways<'a>,
    layer: u8,
) -> Vec<(&'a GraphNodeBody, u32)> {
    let of_layer: BTreeMap<&str, &GraphNodeBody> = members
        .iter()
        .filter(|node| node.layer == layer)
        .map(|node| (node.key.as_str(), *node))
        .collect();
    let mut children: BTreeMap<Option<&str>, Vec<(Reverse<u64>, &GraphNodeBody)>> = BTreeMap::new();
    for node in members.iter().filter(|node| node.layer == layer) {
        let way = ways.get(node.key.as_str());
        let parent = way.map(|(_, from)| *from);
        let parent = parent.filter(|from| of_layer.contains_key(from));
        let days = way.map_or(0, |(link, _)| link.days);
        children
            .entry(parent)
            .or_default()
            .push((Reverse(days), node));
    }
    for (parent, nodes) in &mut children {
        if parent.is_some() {
            nodes.sort_by(|(a_days, a), (b_days, b)| (a_days, &a.key).cmp(&(b_days, &b.key)));
        }
    }
    let mut order = Vec::new();
    let mut stack: Vec<(&GraphNodeBody, u32)> = Vec::new();
    let push = |stack: &mut Vec<_>, of: Option<&str>, depth| {
        let nodes = children.get(&of).into_iter().flatten().rev();
        stack.extend(nodes.map(|(_, node)| (*node, depth)));
    };
    push(&mut stack, None, 0);
    while let Some((node, depth)) = stack.pop() {
        order.push((node, depth));
        push(&mut stack, Some(&node.key), depth + 1);
    }
    order
}

/// The things by layer: those that were seen most often, in the order of what they hang on.
fn groups<'a>(
    graph: &'a GraphBody,
    members: &[&'a GraphNodeBody],
    ways: &Ways<'a>,
    (least, people): (u8, &[Shown<'a>]),
) -> Vec<Group<'a>> {
    let layers = members.iter().map(|node| node.layer);
    let layers = layers.chain(graph.omitted.iter().map(|omitted| omitted.layer));
    let layers: std::collections::BTreeSet<u8> = layers.filter(|layer| *layer > least).collect();
    let place = |key: &str| people.iter().position(|shown| shown.node.key == key);
    let mut groups = Vec::new();
    for layer in layers {
        let of_layer = members.iter().filter(|node| node.layer == layer);
        let mut things: Vec<Shown<'_>> = of_layer.map(|node| shown(node, ways, 0)).collect();
        let days = |shown: &Shown<'_>| shown.link.map_or(0, |(link, _)| link.days);
        things.sort_by_key(|shown| (Reverse(days(shown)), shown.node.key.as_str()));
        let hidden = things.split_off(things.len().min(THINGS_DRAWN_MAX));
        let hidden = hidden.iter().map(|shown| shown.node.namespace.as_str());
        let more = more(graph, layer, hidden);
        // Sorting is stable: those of one person stay by days.
        things.sort_by_key(|shown| {
            let at = shown.link.and_then(|(_, from)| place(from));
            at.unwrap_or(usize::MAX)
        });
        groups.push(Group {
            layer,
            things,
            more,
        });
    }
    groups
}

/// What of a layer is left out: `and 312 browsers more`.
fn more<'a>(graph: &GraphBody, layer: u8, hidden: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for namespace in hidden {
        *counts.entry(namespace).or_default() += 1;
    }
    for omitted in graph.omitted.iter().filter(|one| one.layer == layer) {
        *counts.entry(&omitted.namespace).or_default() += omitted.count;
    }
    let parts = counts.into_iter().map(|(namespace, count)| {
        let (one, many) = words::nouns(namespace);
        words::counted(count, one, many)
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("and {} more", parts.join(", ")))
}

/// Those kept apart from what is drawn, and how many refused links are left out.
fn apart<'a>(
    graph: &'a GraphBody,
    people: &[Shown<'a>],
    groups: &[Group<'a>],
) -> (Vec<KeptApart<'a>>, u64) {
    let things = groups.iter().flat_map(|group| &group.things);
    let drawn: BTreeMap<&str, usize> = people
        .iter()
        .chain(things)
        .enumerate()
        .map(|(place, shown)| (shown.node.key.as_str(), place))
        .collect();
    let mut apart: Vec<KeptApart<'_>> = Vec::new();
    let mut left = graph.refusals_omitted;
    let mut refusals: Vec<&RefusalBody> = graph.refusals.iter().collect();
    // Those nearer to the top come first, so that lines cross less.
    refusals.sort_by_key(|refusal| drawn.get(refusal.a.as_str()).copied().unwrap_or(usize::MAX));
    for refusal in refusals {
        if let Some(known) = apart.iter_mut().find(|known| known.node.key == refusal.b) {
            known.refusals.push(refusal);
            continue;
        }
        let other = graph.nodes.iter().find(|node| node.key == refusal.b);
        match other {
            Some(node)
                if apart.len() < KEPT_APART_DRAWN_MAX && drawn.contains_key(refusal.a.as_str()) =>
            {
                apart.push(KeptApart {
                    node,
                    refusals: vec![refusal],
                });
            }
            _ => left += 1,
        }
    }
    (apart, left)
}
