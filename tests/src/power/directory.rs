//! The names in the directories, and those of them that would be there after a power cut.
//!
//! - A change of names (a rename has two) is there whole or not at all.
//! - The changes of one directory reach the disk in their order. A rename between two directories belongs to both.
//! - `fsync` of a directory makes its changes durable, with those of others that they stand behind. `fsync` of a file says
//!   nothing of its name: this is what POSIX promises, and less than ext4 does, which keeps one order for all
//!   directories and writes names with any `fsync`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use rand::Rng;

/// The number of a file or directory.
pub(super) type Ino = u64;

/// All directories.
#[derive(Debug, Default)]
pub(super) struct Directories {
    now: Names,
    durable: Names,
    unsynced: Vec<Change>,
}

type Names = BTreeMap<Ino, BTreeMap<OsString, Ino>>;

/// From now on, these names in these directories mean this, or nothing.
type Change = Vec<(Ino, OsString, Option<Ino>)>;

impl Directories {
    /// Nothing but the root.
    pub(super) fn new(root: Ino) -> Self {
        let mut new = Self::default();
        new.make(root);
        new
    }

    /// Makes an empty directory that has no name yet.
    pub(super) fn make(&mut self, dir: Ino) {
        self.now.insert(dir, BTreeMap::new());
        self.durable.insert(dir, BTreeMap::new());
    }

    pub(super) fn is_directory(&self, ino: Ino) -> bool {
        self.now.contains_key(&ino)
    }

    pub(super) fn entries(&self, dir: Ino) -> Option<&BTreeMap<OsString, Ino>> {
        self.now.get(&dir)
    }

    pub(super) fn find(&self, dir: Ino, name: &OsStr) -> Option<Ino> {
        self.now.get(&dir)?.get(name).copied()
    }

    /// How many names a file has.
    pub(super) fn links(&self, ino: Ino) -> u32 {
        let names = self.now.values().flat_map(BTreeMap::values);
        let count = names.filter(|named| **named == ino).count();
        u32::try_from(count).expect("a test makes few links")
    }

    /// Changes names; they are seen at once, and durable later.
    pub(super) fn change(&mut self, change: Change) {
        apply(&change, &mut self.now);
        self.unsynced.push(change);
    }

    /// Makes the changes of a directory durable, and those that stand before them in other directories.
    pub(super) fn sync(&mut self, dir: Ino) {
        let mut dirs = BTreeSet::from([dir]);
        let (mut synced, mut left) = (Vec::new(), Vec::new());
        for change in self.unsynced.drain(..).rev() {
            if change.iter().any(|(dir, _, _)| dirs.contains(dir)) {
                dirs.extend(change.iter().map(|(dir, _, _)| *dir));
                synced.push(change);
            } else {
                left.push(change);
            }
        }
        for change in synced.iter().rev() {
            apply(change, &mut self.durable);
        }
        left.reverse();
        self.unsynced = left;
    }

    /// The power goes and comes back: of each directory's changes the first ones are there, as far as the dice say.
    /// Returns how many are not.
    pub(super) fn cut(&mut self, dice: &mut impl Rng) -> u64 {
        let changes = std::mem::take(&mut self.unsynced);
        // At zero a directory has lost all, at one it has all.
        let kept: BTreeMap<Ino, f64> = self
            .now
            .keys()
            .map(|dir| (*dir, [0.0, 0.9, 1.0][dice.random_range(0..3)]))
            .collect();
        let mut ended = BTreeSet::new();
        let mut forgotten = 0;
        for change in changes {
            let survives = change.iter().all(|(dir, _, _)| {
                let chance = kept.get(dir).copied().unwrap_or(0.0);
                !ended.contains(dir) && dice.random_bool(chance)
            });
            if survives {
                apply(&change, &mut self.durable);
            } else {
                ended.extend(change.iter().map(|(dir, _, _)| *dir));
                forgotten += 1;
            }
        }
        self.now.clone_from(&self.durable);
        forgotten
    }

    /// Forgets the directories that nothing leads to, and returns everything that something leads to: a name that is
    /// seen, durable or on its way to the disk.
    pub(super) fn sweep(&mut self, root: Ino) -> BTreeSet<Ino> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<Ino> = vec![root];
        let unsynced = self.unsynced.iter().flatten();
        waiting.extend(unsynced.filter_map(|(_, _, ino)| *ino));
        while let Some(ino) = waiting.pop() {
            if reached.insert(ino) {
                let names = [self.now.get(&ino), self.durable.get(&ino)];
                waiting.extend(names.into_iter().flatten().flat_map(BTreeMap::values));
            }
        }
        self.now.retain(|dir, _| reached.contains(dir));
        self.durable.retain(|dir, _| reached.contains(dir));
        reached
    }
}

fn apply(change: &Change, to: &mut Names) {
    for (dir, name, ino) in change {
        let names = to.entry(*dir).or_default();
        match ino {
            Some(ino) => names.insert(name.clone(), *ino),
            None => names.remove(name),
        };
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const ROOT: Ino = 1;
    const OTHER: Ino = 2;

    fn set(dir: Ino, name: &str, ino: Ino) -> (Ino, OsString, Option<Ino>) {
        (dir, name.into(), Some(ino))
    }

    fn gone(dir: Ino, name: &str) -> (Ino, OsString, Option<Ino>) {
        (dir, name.into(), None)
    }

    fn two_directories() -> Directories {
        let mut dirs = Directories::new(ROOT);
        dirs.make(OTHER);
        dirs.change(vec![set(ROOT, "other", OTHER)]);
        dirs.sync(ROOT);
        dirs
    }

    #[test]
    fn only_the_directory_that_is_synced_is_durable() {
        let mut dirs = two_directories();
        dirs.change(vec![set(ROOT, "a", 10)]);
        dirs.change(vec![set(OTHER, "b", 11)]);
        dirs.sync(OTHER);
        assert_eq!(dirs.durable[&OTHER].len(), 1);
        assert!(!dirs.durable[&ROOT].contains_key(OsStr::new("a")));
    }

    #[test]
    fn a_rename_takes_along_what_stands_before_it() {
        let mut dirs = two_directories();
        dirs.change(vec![set(ROOT, "a", 10)]);
        dirs.change(vec![gone(ROOT, "a"), set(OTHER, "b", 10)]);
        dirs.change(vec![set(ROOT, "later", 12)]);
        dirs.sync(OTHER);
        assert_eq!(dirs.durable[&OTHER].len(), 1);
        assert!(!dirs.durable[&ROOT].contains_key(OsStr::new("a")));
        assert!(!dirs.durable[&ROOT].contains_key(OsStr::new("later")));
        assert_eq!(dirs.unsynced.len(), 1);
    }

    #[test]
    fn a_cut_keeps_a_prefix_and_never_half_a_rename() {
        let (mut lost, mut kept) = (0, 0);
        for seed in 0..200 {
            let mut dirs = two_directories();
            dirs.change(vec![set(ROOT, "a", 10)]);
            dirs.sync(ROOT);
            dirs.change(vec![set(OTHER, "x", 11)]);
            dirs.change(vec![gone(ROOT, "a"), set(OTHER, "b", 10)]);
            dirs.cut(&mut ChaCha8Rng::seed_from_u64(seed));
            let before = dirs.find(ROOT, OsStr::new("a")).is_some();
            let after = dirs.find(OTHER, OsStr::new("b")).is_some();
            assert!(before != after, "seed {seed}");
            assert!(!after || dirs.find(OTHER, OsStr::new("x")).is_some());
            *(if after { &mut kept } else { &mut lost }) += 1;
        }
        assert!(lost > 20 && kept > 20, "{lost} {kept}");
    }

    #[test]
    fn what_nothing_leads_to_is_swept() {
        let mut dirs = two_directories();
        dirs.change(vec![gone(ROOT, "other")]);
        assert!(
            dirs.sweep(ROOT).contains(&OTHER),
            "a cut could bring it back"
        );
        dirs.sync(ROOT);
        assert!(!dirs.sweep(ROOT).contains(&OTHER));
        assert!(!dirs.is_directory(OTHER));
    }
}
