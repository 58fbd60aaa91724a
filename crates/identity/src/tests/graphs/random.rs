//! Random scripts from a seed: small pools of identifiers and low caps, so that everything collides.

use crate::tests::graphs::script::{Change, Script};
use crate::tests::{fact, identifier, seen};
use crate::{BlockedPattern, Evidence, Fact, Source, Statement, Trust};

/// A browser of the pools is blocked by a pattern.
pub(crate) fn blocked_pattern() -> BlockedPattern {
    "^[a-z]9$".to_owned().try_into().unwrap()
}

/// A small generator of numbers (xorshift), so that a seed is all that a failure needs.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            random.below(2);
        }
        random
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % bound as u64).unwrap()
    }

    pub(crate) fn between(&mut self, least: u32, bound: u32) -> u32 {
        least + u32::try_from(self.below((bound - least) as usize)).unwrap()
    }

    pub(crate) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// A script without events, its caps and limits low enough that small worlds reach them.
    pub(crate) fn script(&mut self) -> Script {
        let mut changes = Vec::new();
        for from in 0..8 {
            changes.extend((0..8).map(|to| Change::Cap(from, to, self.between(1, 5))));
            if self.one_in(3) {
                changes.push(Change::Limit(from, self.between(1, 4)));
            }
        }
        if self.one_in(3) {
            changes.push(Change::Size(self.between(2, 8)));
        }
        Script {
            changes,
            events: Vec::new(),
        }
    }

    pub(crate) fn identifier(&mut self) -> String {
        const POOL: [(&str, usize); 8] = [
            ("u", 4),
            ("e", 4),
            ("s", 2),
            ("p", 3),
            ("l", 2),
            ("d", 3),
            ("g", 2),
            ("a", 10),
        ];
        let (letter, count) = POOL[self.below(POOL.len())];
        let is_tagged = letter == "e" && self.one_in(4);
        let tag = if is_tagged { "+tag" } else { "" };
        format!("{letter}{}{tag}", self.below(count))
    }

    pub(crate) fn evidence(&mut self) -> Evidence {
        let count = [1, 1, 2, 2, 2, 3, 3, 4][self.below(8)];
        let mut identifiers: Vec<String> = (0..count).map(|_| self.identifier()).collect();
        identifiers.sort();
        identifiers.dedup();
        let days: Vec<u32> = (0..=self.below(4)).map(|_| self.between(0, 6)).collect();
        let mut evidence = seen(&identifiers.join(" "), &days);
        evidence.source = Source(["web", "shop"][self.below(2)].to_owned());
        evidence.trust = [Trust::Public, Trust::Server][self.below(2)];
        evidence.alias = self.one_in(8);
        let days = &evidence.days;
        if self.one_in(3) {
            let name = ["anna", "ben", "cleo"][self.below(3)];
            evidence.first_names.insert(name.to_owned(), days.clone());
        }
        if self.one_in(8) {
            let date = ["1980-01-01", "1990-02-02"][self.below(2)];
            evidence.birth_dates.insert(date.to_owned(), days.clone());
        }
        evidence
    }

    pub(crate) fn fact(&mut self, number: u8) -> Fact {
        let (a, mut b) = (self.identifier(), self.identifier());
        while identifier(&a).node == identifier(&b).node {
            b = self.identifier();
        }
        let statement = match self.below(6) {
            0 | 1 => Statement::MustLink(identifier(&a), identifier(&b)),
            2 => Statement::NeverLink(identifier(&a), identifier(&b)),
            3 => Statement::Split(identifier(&a)),
            4 => Statement::Revoke(Source(["web", "shop"][self.below(2)].to_owned())),
            _ => Statement::Block(identifier(&a)),
        };
        fact(number, i64::from(self.between(0, 4)), statement)
    }
}
