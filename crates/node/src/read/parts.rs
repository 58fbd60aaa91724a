//! Which interactions are a profile's: what its view names, as anchors, strands and ranges of days.
//!
//! ```text
//! member, all                everything under the anchor
//! member, on some days       the anchor's interactions of these days
//! strand of somebody else's  the strand's interactions, of some days or all
//! ```
//!
//! - No interaction is in two parts of a profile, so that parts add up.
//! - A part without a day is no part: whoever reads parts need not ask whether anything can be there.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use acquaint_identity::{ProfileView, Rank, Scope};
use acquaint_profile::{Day, IdentifierId, StrandId, Strength};

use super::reading::Reading;

/// Some of the interactions under an anchor.
pub(crate) struct Part {
    pub(crate) anchor: IdentifierId,
    /// How the rollups of the anchor are kept.
    pub(crate) strength: Strength,
    /// Only those of this strand.
    pub(crate) strand: Option<StrandId>,
    /// Only those of these days, in order, none twice; all when absent.
    pub(crate) days: Option<Vec<RangeInclusive<Day>>>,
}

impl Part {
    /// True when it is everything under its anchor, which one rollup says.
    pub(crate) fn is_whole(&self) -> bool {
        self.strand.is_none() && self.days.is_none()
    }

    /// The part that a scope leaves, if it leaves any.
    fn new(
        reading: &Reading<'_>,
        (anchor, rank): (acquaint_identity::IdentifierId, Rank),
        strand: Option<StrandId>,
        scope: &Scope,
    ) -> Option<Self> {
        let days = days(scope);
        if days.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let spec = reading.spec(rank.0);
        Some(Self {
            anchor: IdentifierId(anchor.0),
            // Of a namespace that is not known the days are read, which are there for both strengths or for none.
            strength: spec.map_or(Strength::Weak, |spec| spec.strength),
            strand,
            days,
        })
    }
}

/// The parts of a profile, the strongest anchors first, then its strands under what is nobody's.
pub(crate) fn parts(reading: &Reading<'_>, profile: &ProfileView) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut whole = BTreeSet::new();
    for member in &profile.members {
        let anchors = member.identifiers.iter().filter(|one| one.is_anchor);
        for anchor in anchors {
            if member.scope == Scope::All {
                whole.insert(anchor.id);
            }
            parts.extend(Part::new(
                reading,
                (anchor.id, member.rank),
                None,
                &member.scope,
            ));
        }
    }
    for part in &profile.strands {
        // While work waits, an anchor may be the profile's already and its strands be listed still.
        if !whole.contains(&part.anchor) {
            let strand = Some(StrandId(part.strand.0));
            let anchor = (part.anchor, part.rank);
            parts.extend(Part::new(reading, anchor, strand, &part.scope));
        }
    }
    parts
}

/// The days in a scope; absent when it has no bounds.
fn days(scope: &Scope) -> Option<Vec<RangeInclusive<Day>>> {
    let (ranges, inside) = match scope {
        Scope::All => return None,
        Scope::Strands => return Some(Vec::new()),
        Scope::Days(ranges) => (ranges, true),
        Scope::Except(ranges) => (ranges, false),
    };
    let mut ranges: Vec<(u32, u32)> = ranges
        .iter()
        .map(|range| (range.first.0, range.last.0))
        .filter(|(first, last)| first <= last)
        .collect();
    ranges.sort_unstable();
    let mut days = Vec::new();
    // The first day that no range was looked at for; absent after the last day there is.
    let mut next = Some(0);
    for (first, last) in ranges {
        let Some(start) = next else { break };
        if inside && last >= start {
            days.push(Day(first.max(start))..=Day(last));
        } else if !inside && first > start {
            days.push(Day(start)..=Day(first - 1));
        }
        next = last.checked_add(1).map(|after| after.max(start));
    }
    if let Some(start) = next.filter(|_| !inside) {
        days.push(Day(start)..=Day(u32::MAX));
    }
    Some(days)
}

#[cfg(test)]
mod tests {
    use acquaint_identity::DayRange;

    use super::*;

    fn ranges(of: &[(u32, u32)]) -> Vec<DayRange> {
        let day = acquaint_identity::Day;
        of.iter()
            .map(|(first, last)| DayRange {
                first: day(*first),
                last: day(*last),
            })
            .collect()
    }

    #[test]
    fn the_days_of_a_scope_are_those_that_it_contains() {
        for of in [
            &[][..],
            &[(0, u32::MAX)],
            &[(0, 3), (4, u32::MAX)],
            &[(2, 2), (4, 5)],
            &[(5, 9), (0, 0)],
            &[(1, 4), (3, 6), (2, 2)],
        ] {
            for scope in [Scope::Days(ranges(of)), Scope::Except(ranges(of))] {
                let days = days(&scope).expect("it has bounds");
                for day in (0..12).chain([u32::MAX]) {
                    let holding = days.iter().filter(|range| range.contains(&Day(day)));
                    let expected = scope.contains(acquaint_identity::Day(day));
                    assert_eq!(holding.count(), usize::from(expected), "{scope:?} {day}");
                }
            }
        }
        assert_eq!(days(&Scope::All), None);
        assert_eq!(days(&Scope::Strands), Some(Vec::new()));
    }
}
