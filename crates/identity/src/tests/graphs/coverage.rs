//! Counts are exact, nobody vanished, and every interaction is somebody's, once.

use std::collections::{BTreeMap, BTreeSet};

use crate::tests::World;
use crate::{Evidence, Lookup, NodeId, NodeRow, Placement, RowKey, RowValue, Scope, StrandId};

pub(crate) fn check(world: &World) -> Result<(), String> {
    let rows = Rows::of(world);
    rows.counts_are_exact(world)?;
    rows.profiles_are_whole()?;
    rows.identifiers_are_held()?;
    rows.interactions_are_somebodys_once()?;
    Ok(())
}

/// Every node is found, whatever is pending.
pub(crate) fn everybody_is_found(world: &World) -> Result<(), String> {
    let nodes = world.memory.rows().filter_map(|(key, _)| match key {
        RowKey::Node { node } => Some(*node),
        _ => None,
    });
    for node in nodes {
        ensure(
            world.resolver().lookup(node).unwrap() != Lookup::Unknown,
            || format!("{node:?} vanished"),
        )?;
    }
    Ok(())
}

#[derive(Default)]
struct Rows<'a> {
    nodes: BTreeMap<NodeId, &'a NodeRow>,
    evidence: Vec<&'a Evidence>,
    all: BTreeMap<RowKey, &'a RowValue>,
}

fn ensure(holds: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(wrong()) }
}

impl<'a> Rows<'a> {
    fn of(world: &'a World) -> Self {
        let mut rows = Self::default();
        for (key, value) in world.memory.rows() {
            rows.all.insert(*key, value);
            match (key, value) {
                (RowKey::Node { node }, RowValue::Node(row)) => {
                    rows.nodes.insert(*node, row);
                }
                (RowKey::Evidence { .. }, RowValue::Evidence(evidence)) => {
                    rows.evidence.push(evidence);
                }
                _ => {}
            }
        }
        rows
    }

    fn counts_are_exact(&self, world: &World) -> Result<(), String> {
        let mut neighbours: BTreeMap<_, u32> = BTreeMap::new();
        let (mut traits, mut candidates, mut kiosks, mut loose, mut references) = (
            BTreeMap::<NodeId, u32>::new(),
            BTreeMap::<NodeId, u32>::new(),
            BTreeMap::<NodeId, u32>::new(),
            BTreeMap::<NodeId, u32>::new(),
            BTreeMap::<NodeId, u32>::new(),
        );
        for (key, value) in &self.all {
            match (key, value) {
                (
                    RowKey::Link {
                        node,
                        rank,
                        neighbour,
                    },
                    _,
                ) => {
                    *neighbours.entry((*node, *rank)).or_default() += 1;
                    let is_kiosk = self
                        .nodes
                        .get(neighbour)
                        .is_some_and(|n| world.rules.is_kiosk(n));
                    *kiosks.entry(*node).or_default() += u32::from(is_kiosk);
                }
                (RowKey::Trait { node, .. }, _) => *traits.entry(*node).or_default() += 1,
                (RowKey::Candidate { node, .. }, _) => *candidates.entry(*node).or_default() += 1,
                (RowKey::Attribution { .. }, RowValue::Attribution(row)) => {
                    for node in &row.nodes {
                        *loose.entry(*node).or_default() += 1;
                    }
                }
                (RowKey::Identifier { .. }, RowValue::Identifier(row)) => {
                    *references.entry(row.node).or_default() += row.references;
                }
                _ => {}
            }
        }
        for (node, row) in &self.nodes {
            let of = |counts: &BTreeMap<NodeId, u32>| counts.get(node).copied().unwrap_or(0);
            let is_login = world.rules.namespace(row.rank).exclusive;
            let links = neighbours.iter().filter(|((of, _), _)| of == node);
            let links: BTreeMap<_, _> = links.map(|((_, rank), count)| (*rank, *count)).collect();
            let is_exact = links == row.neighbours
                && of(&traits) == row.traits
                && of(&candidates) == row.candidates
                && of(&loose) == row.loose
                && of(&references) == row.references
                && (!is_login || of(&kiosks) == row.kiosks);
            ensure(is_exact, || {
                format!("a count of {node:?} is wrong: {row:?}")
            })?;
        }
        Ok(())
    }

    /// Every node that makes a profile stands in the one of its root, and in no other.
    fn profiles_are_whole(&self) -> Result<(), String> {
        let mut of: BTreeMap<NodeId, NodeId> = BTreeMap::new();
        for (key, value) in &self.all {
            if let (RowKey::Profile { root }, RowValue::Profile(profile)) = (key, value) {
                for node in &profile.nodes {
                    let other = of.insert(*node, *root);
                    ensure(other.is_none(), || {
                        format!("{node:?} stands in two profiles")
                    })?;
                }
                let contested = profile.nodes.iter().map(|node| self.nodes[node].candidates);
                let contested: u32 = contested.sum();
                ensure(profile.contested == contested, || {
                    format!(
                        "{root:?} has {contested} refused links, not {}",
                        profile.contested
                    )
                })?;
            }
        }
        for (node, row) in &self.nodes {
            let expected = match &row.placement {
                Placement::Person { root } => Some(root),
                Placement::Owned { .. } => None,
                Placement::Split { .. } | Placement::Nobody { .. } => Some(node),
            };
            ensure(of.get(node) == expected, || {
                format!("{node:?} stands in {:?}, not in {expected:?}", of.get(node))
            })?;
        }
        Ok(())
    }

    /// The member rows of identifiers stand in their node's homes and nowhere else.
    fn identifiers_are_held(&self) -> Result<(), String> {
        let mut expected = BTreeSet::new();
        for (key, value) in &self.all {
            if let (RowKey::Identifier { id }, RowValue::Identifier(row)) = (key, value) {
                let node = row.node;
                let Some(of) = self.nodes.get(&node) else {
                    return Err(format!("{id:?} has no node"));
                };
                ensure(!of.homes.is_empty(), || format!("{node:?} has no home"))?;
                for holder in of.homes.keys() {
                    expected.insert((*holder, node, *id));
                }
            }
        }
        let mut found = BTreeSet::new();
        for key in self.all.keys() {
            if let RowKey::Member {
                holder,
                node,
                id,
                strand,
            } = key
                && *strand == crate::homes::WHOLE
            {
                found.insert((*holder, *node, *id));
            }
        }
        ensure(expected == found, || {
            let differing: Vec<_> = expected.symmetric_difference(&found).collect();
            format!("members that are missing or too many: {differing:?}")
        })
    }

    /// On each of its days a strand belongs to one holder, who makes a profile or is the anchor itself.
    fn interactions_are_somebodys_once(&self) -> Result<(), String> {
        let mut strands = BTreeSet::new();
        for evidence in &self.evidence {
            strands.insert(evidence.strand);
            let anchor = evidence
                .identifiers
                .iter()
                .find(|i| i.id == evidence.anchor);
            let anchor = anchor.expect("the anchor is an identifier").node;
            let holders = self.holders(evidence.strand, anchor)?;
            for day in &evidence.days {
                let on_day = holders.iter().filter(|(_, scope)| scope.contains(*day));
                let on_day: Vec<_> = on_day.collect();
                ensure(on_day.len() == 1, || {
                    format!("strand {:?} is of {on_day:?} on {day:?}", evidence.strand)
                })?;
            }
            for (holder, _) in holders {
                let makes = |row: &NodeRow| matches!(row.placement, Placement::Person { .. });
                let is_person = self.nodes.get(&holder).is_some_and(|row| makes(row));
                ensure(holder == anchor || is_person, || {
                    format!("strand {:?} is held by {holder:?}", evidence.strand)
                })?;
            }
        }
        for key in self.all.keys() {
            let strand = match key {
                RowKey::Attribution { strand } => *strand,
                RowKey::Member { strand, .. } if *strand != crate::homes::WHOLE => *strand,
                _ => continue,
            };
            ensure(strands.contains(&strand), || {
                format!("{strand:?} is held, but not known")
            })?;
        }
        Ok(())
    }

    fn holders(&self, strand: StrandId, anchor: NodeId) -> Result<BTreeMap<NodeId, Scope>, String> {
        let row = self.nodes[&anchor];
        let by_strand = row.homes.values().any(|scope| *scope == Scope::Strands);
        let attribution = match self.all.get(&RowKey::Attribution { strand }) {
            Some(RowValue::Attribution(row)) => Some(row),
            _ => None,
        };
        ensure(by_strand == attribution.is_some(), || {
            format!(
                "{strand:?} of {anchor:?} by itself: {by_strand}, with holders: {attribution:?}"
            )
        })?;
        let Some(attribution) = attribution else {
            return Ok(row.homes.clone());
        };
        for holder in attribution.holders.keys() {
            let key = RowKey::Member {
                holder: *holder,
                node: anchor,
                id: attribution.anchor,
                strand,
            };
            ensure(self.all.contains_key(&key), || {
                format!("{holder:?} misses {strand:?}")
            })?;
        }
        Ok(attribution.holders.clone())
    }
}
