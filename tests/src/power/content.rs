//! The bytes of one file, and those of them that would be there after a power cut.
//!
//! ```text
//!   write, resize ──► now          what readers see at once
//!         └─────────► unsynced     the same changes, in order
//!   fsync: durable += unsynced
//!   cut:   durable += some first changes, the next one perhaps torn; now = durable
//! ```

use rand::Rng;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: u64 = 512;

/// The bytes of one file.
#[derive(Debug, Default)]
pub(super) struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Resize(u64),
}

/// What a power cut did to a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Loss {
    /// Changes of which nothing is left.
    pub(super) forgotten: u64,
    /// Whether a write is there in part.
    pub(super) is_torn: bool,
}

impl Content {
    pub(super) fn len(&self) -> u64 {
        self.now.len() as u64
    }

    /// Up to `len` bytes from `offset`; fewer at the end of the file.
    pub(super) fn read(&self, offset: u64, len: usize) -> &[u8] {
        let from = index(offset).min(self.now.len());
        &self.now[from..from.saturating_add(len).min(self.now.len())]
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.change(Change::Write {
            offset,
            bytes: bytes.to_vec(),
        });
    }

    pub(super) fn resize(&mut self, len: u64) {
        self.change(Change::Resize(len));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.unsynced.push(change);
    }

    pub(super) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// The power goes and comes back: what was not synced is there as far as the dice say.
    pub(super) fn cut(&mut self, dice: &mut impl Rng) -> Loss {
        let changes = std::mem::take(&mut self.unsynced);
        let kept = kept(changes.len(), dice);
        let mut loss = Loss {
            forgotten: (changes.len() - kept) as u64,
            is_torn: false,
        };
        for (place, change) in changes.into_iter().enumerate() {
            if place < kept {
                change.apply(&mut self.durable);
            } else if place == kept {
                loss.is_torn = change.tear(&mut self.durable, dice);
            }
        }
        loss.forgotten -= u64::from(loss.is_torn);
        self.now.clone_from(&self.durable);
        loss
    }
}

/// How many of `count` changes reached the disk: often none or all, where bugs are.
pub(super) fn kept(count: usize, dice: &mut impl Rng) -> usize {
    match dice.random_range(0..4) {
        0 => 0,
        1 => count,
        _ => dice.random_range(0..=count),
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let (from, until) = (index(*offset), index(*offset) + bytes.len());
                if to.len() < until {
                    to.resize(until, 0);
                }
                to[from..until].copy_from_slice(bytes);
            }
            Self::Resize(len) => to.resize(index(*len), 0),
        }
    }

    /// Applies the first sectors of a write, if the dice say so and it has more than one. Then the file ends there, or
    /// it has its new length already and zeros in place of the rest.
    fn tear(&self, to: &mut Vec<u8>, dice: &mut impl Rng) -> bool {
        let Self::Write { offset, bytes } = self else {
            return false;
        };
        let end = offset + bytes.len() as u64;
        let first = offset / SECTOR_BYTES + 1;
        let sectors = first..end.div_ceil(SECTOR_BYTES);
        if sectors.is_empty() || dice.random_bool(0.5) {
            return false;
        }
        let kept = dice.random_range(sectors) * SECTOR_BYTES - offset;
        let part = Self::Write {
            offset: *offset,
            bytes: bytes[..index(kept)].to_vec(),
        };
        part.apply(to);
        if dice.random_bool(0.5) && to.len() < index(end) {
            to.resize(index(end), 0);
        }
        true
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("a file of a test fits into memory")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn after_cut(seed: u64, fill: impl Fn(&mut Content)) -> (Vec<u8>, Loss) {
        let mut content = Content::default();
        fill(&mut content);
        let loss = content.cut(&mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(content.now, content.durable);
        (content.now, loss)
    }

    #[test]
    fn what_is_synced_stays_and_the_rest_is_a_prefix() {
        let (mut none, mut some, mut all) = (0, 0, 0);
        for seed in 0..200 {
            let (bytes, loss) = after_cut(seed, |content| {
                content.write(0, b"synced");
                content.sync();
                for byte in 0..10 {
                    content.write(6 + byte, &[b'0' + u8::try_from(byte).expect("a digit")]);
                }
            });
            assert!(b"synced0123456789".starts_with(&bytes), "{bytes:?}");
            assert!(bytes.starts_with(b"synced"), "{bytes:?}");
            assert_eq!(bytes.len() as u64 + loss.forgotten, 16);
            match loss.forgotten {
                10 => none += 1,
                0 => all += 1,
                _ => some += 1,
            }
        }
        assert!(none > 20 && some > 20 && all > 20, "{none} {some} {all}");
    }

    #[test]
    fn a_write_tears_between_sectors_only() {
        let (mut short, mut zeros) = (0, 0);
        for seed in 0..400 {
            let (bytes, loss) = after_cut(seed, |content| content.write(0, &[7; 1300]));
            let kept = bytes.iter().take_while(|byte| **byte == 7).count();
            assert!(bytes[kept..].iter().all(|byte| *byte == 0));
            assert_eq!(loss.is_torn, matches!(kept, 512 | 1024), "{kept}");
            assert!(matches!(kept, 0 | 512 | 1024 | 1300), "{kept}");
            if loss.is_torn {
                assert!(bytes.len() == kept || bytes.len() == 1300);
                *(if bytes.len() == kept {
                    &mut short
                } else {
                    &mut zeros
                }) += 1;
            }
        }
        assert!(short > 5 && zeros > 5, "{short} {zeros}");
    }

    #[test]
    fn a_resize_counts_as_a_change() {
        let mut content = Content::default();
        content.write(0, b"abcdef");
        content.resize(3);
        content.write(5, b"x");
        assert_eq!(content.read(0, 100), b"abc\0\0x");
        assert_eq!(content.read(4, 1), b"\0");
        assert_eq!(content.read(9, 1), b"");
        content.sync();
        assert_eq!(content.durable, b"abc\0\0x");
    }
}
