//! Profiles: the sum of the rollups that belong to one person.

use crate::rollup::{Consent, Entry, Origin, Preference, PreferenceKey, Rollup};
use crate::{Monoid, Timestamp, Value};

/// What is known about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The sum, with every part.
    pub rollup: Rollup,
}

/// Sums rollups up to a profile.
pub fn fold(rollups: impl IntoIterator<Item = Rollup>) -> Profile {
    let mut sum = Rollup::empty();
    for rollup in rollups {
        sum.absorb(rollup);
    }
    Profile { rollup: sum }
}

impl Profile {
    /// The traits that hold, by name: without those that were taken back.
    pub fn traits(&self) -> impl Iterator<Item = (&str, &Entry<Value>)> {
        let traits = self.rollup.traits.entries.iter();
        traits
            .filter(|(_, entry)| entry.value != Value::Null)
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// The preferences that hold at a time, one per topic and scope: what was stated, or else what was inferred, without
    /// those that were taken back or have expired.
    pub fn preferences(&self, at: Timestamp) -> Vec<(&PreferenceKey, &Entry<Preference>)> {
        let mut held: Vec<(&PreferenceKey, &Entry<Preference>)> = Vec::new();
        // A stated preference sorts right before the inferred one of the same topic and scope.
        for (key, entry) in &self.rollup.preferences.entries {
            let expired = entry.value.expires.is_some_and(|expires| expires <= at);
            let overruled = held.last().is_some_and(|(last, _)| {
                key.origin == Origin::Inferred && last.topic == key.topic && last.scope == key.scope
            });
            if entry.value.value != Value::Null && !expired && !overruled {
                held.push((key, entry));
            }
        }
        held
    }

    /// The next time after `at` at which a preference expires: until then `preferences` gives the same.
    pub fn valid_until(&self, at: Timestamp) -> Option<Timestamp> {
        let expiries = self
            .rollup
            .preferences
            .entries
            .values()
            .filter_map(|entry| entry.value.expires);
        expiries.filter(|expires| *expires > at).min()
    }

    /// The word on each purpose.
    pub fn consents(&self) -> impl Iterator<Item = (&str, &Entry<Consent>)> {
        self.rollup
            .consents
            .entries
            .iter()
            .map(|(purpose, entry)| (purpose.as_str(), entry))
    }
}
