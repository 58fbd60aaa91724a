//! A disk in memory that knows what it would forget.
//!
//! - What is written is seen at once. What would be there after a power cut is kept beside it.
//! - [`Volume::power_off`] makes every call fail with `EIO`, at once or at a call that is named by its number, so that the
//!   moment between a write and its `fsync` is met as often as any; [`Volume::power_on`] lets the dice say what is there.
//! - All numbers are drawn from one seed. Which calls come in which order is up to the program that is tested.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use fuser::Errno;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::content::Content;
use super::directory::{Directories, Ino};

/// The number of the root, which FUSE demands.
const ROOT: Ino = 1;

/// Whether a disk does what `fsync` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncs {
    /// What was synced survives.
    Kept,
    /// It says that it has synced, and has not. A test with this disk must fail.
    Ignored,
}

/// What a disk was asked and what it has forgotten, since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskCounts {
    /// Calls of `fsync`, of files and directories.
    pub syncs: u64,
    /// Times the power went.
    pub cuts: u64,
    /// Writes and changes of length that were not there afterwards.
    pub forgotten_writes: u64,
    /// Writes that were there in part.
    pub torn_writes: u64,
    /// Changes of names that were not there afterwards.
    pub forgotten_names: u64,
}

/// What `stat` tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes {
    pub(super) ino: Ino,
    pub(super) is_directory: bool,
    pub(super) bytes: u64,
    pub(super) links: u32,
}

/// A disk in memory.
#[derive(Debug)]
pub(super) struct Volume {
    files: BTreeMap<Ino, File>,
    dirs: Directories,
    next: Ino,
    power: Power,
    syncs: Syncs,
    capacity_bytes: u64,
    dice: ChaCha8Rng,
    counts: DiskCounts,
}

#[derive(Clone, Copy, Debug)]
enum Power {
    On,
    /// It goes at the call that follows so many others.
    Failing {
        calls_left: u64,
    },
    Off,
}

#[derive(Debug, Default)]
struct File {
    content: Content,
    opens: u32,
}

impl Volume {
    pub(super) fn new(syncs: Syncs, capacity_bytes: u64, seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            dirs: Directories::new(ROOT),
            next: ROOT + 1,
            power: Power::On,
            syncs,
            capacity_bytes,
            dice: ChaCha8Rng::seed_from_u64(seed),
            counts: DiskCounts::default(),
        }
    }

    pub(super) fn counts(&self) -> DiskCounts {
        self.counts
    }

    pub(super) fn set_capacity(&mut self, bytes: u64) {
        self.capacity_bytes = bytes;
    }

    pub(super) fn power_off(&mut self) {
        self.power = Power::Off;
    }

    /// The power goes after so many more writes, syncs and changes of names.
    pub(super) fn power_off_after(&mut self, calls: u64) {
        self.power = Power::Failing { calls_left: calls };
    }

    pub(super) fn is_off(&self) -> bool {
        matches!(self.power, Power::Off)
    }

    /// To be called when the process that used the disk is gone.
    pub(super) fn power_on(&mut self) {
        self.counts.cuts += 1;
        self.counts.forgotten_names += self.dirs.cut(&mut self.dice);
        for file in self.files.values_mut() {
            let loss = file.content.cut(&mut self.dice);
            self.counts.forgotten_writes += loss.forgotten;
            self.counts.torn_writes += u64::from(loss.is_torn);
            file.opens = 0;
        }
        self.sweep();
        self.power = Power::On;
    }

    pub(super) fn find(&self, dir: Ino, name: &OsStr) -> Result<Ino, Errno> {
        self.directory(dir)?;
        self.dirs.find(dir, name).ok_or(Errno::ENOENT)
    }

    pub(super) fn attributes(&self, ino: Ino) -> Result<Attributes, Errno> {
        self.powered()?;
        let is_directory = self.dirs.is_directory(ino);
        let (bytes, links) = match is_directory {
            true => (0, 2),
            false => (self.file(ino)?.content.len(), self.dirs.links(ino)),
        };
        Ok(Attributes {
            ino,
            is_directory,
            bytes,
            links,
        })
    }

    /// The names in a directory, each with its number and whether it is a directory.
    pub(super) fn list(&self, dir: Ino) -> Result<Vec<(OsString, Ino, bool)>, Errno> {
        let names = self.directory(dir)?.iter();
        let entry =
            |(name, ino): (&OsString, &Ino)| (name.clone(), *ino, self.dirs.is_directory(*ino));
        Ok(names.map(entry).collect())
    }

    pub(super) fn create(&mut self, dir: Ino, name: &OsStr) -> Result<Ino, Errno> {
        self.changing()?;
        let ino = self.new_name(dir, name)?;
        self.files.insert(ino, File::default());
        Ok(ino)
    }

    pub(super) fn make_directory(&mut self, dir: Ino, name: &OsStr) -> Result<Ino, Errno> {
        self.changing()?;
        let ino = self.new_name(dir, name)?;
        self.dirs.make(ino);
        Ok(ino)
    }

    pub(super) fn link(&mut self, ino: Ino, dir: Ino, name: &OsStr) -> Result<(), Errno> {
        self.changing()?;
        self.file(ino)?;
        self.free_name(dir, name)?;
        self.dirs.change(vec![(dir, name.to_owned(), Some(ino))]);
        Ok(())
    }

    pub(super) fn unlink(&mut self, dir: Ino, name: &OsStr) -> Result<(), Errno> {
        self.changing()?;
        if self.dirs.is_directory(self.find(dir, name)?) {
            return Err(Errno::EISDIR);
        }
        self.dirs.change(vec![(dir, name.to_owned(), None)]);
        Ok(())
    }

    pub(super) fn remove_directory(&mut self, dir: Ino, name: &OsStr) -> Result<(), Errno> {
        self.changing()?;
        self.empty_directory(self.find(dir, name)?)?;
        self.dirs.change(vec![(dir, name.to_owned(), None)]);
        Ok(())
    }

    pub(super) fn rename(
        &mut self,
        (from, name): (Ino, &OsStr),
        (to, new_name): (Ino, &OsStr),
        replace: bool,
    ) -> Result<(), Errno> {
        self.changing()?;
        let ino = self.find(from, name)?;
        match self.find(to, new_name) {
            Err(_) => self.directory(to).map(|_| ())?,
            Ok(_) if !replace => return Err(Errno::EEXIST),
            // Both names mean the same file already.
            Ok(there) if there == ino => return Ok(()),
            Ok(there) if self.dirs.is_directory(ino) => self.empty_directory(there)?,
            Ok(there) if self.dirs.is_directory(there) => return Err(Errno::EISDIR),
            Ok(_) => {}
        }
        self.dirs.change(vec![
            (from, name.to_owned(), None),
            (to, new_name.to_owned(), Some(ino)),
        ]);
        Ok(())
    }

    pub(super) fn open(&mut self, ino: Ino) -> Result<(), Errno> {
        self.file_mut(ino)?.opens += 1;
        Ok(())
    }

    /// A late one may come from a process that was killed with the power: it is not an error.
    pub(super) fn release(&mut self, ino: Ino) {
        if let Some(file) = self.files.get_mut(&ino) {
            file.opens = file.opens.saturating_sub(1);
        }
    }

    pub(super) fn read(&self, ino: Ino, offset: u64, len: usize) -> Result<&[u8], Errno> {
        Ok(self.file(ino)?.content.read(offset, len))
    }

    pub(super) fn write(&mut self, ino: Ino, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        self.changing()?;
        let end = offset + bytes.len() as u64;
        self.make_room(end.saturating_sub(self.file(ino)?.content.len()))?;
        self.file_mut(ino)?.content.write(offset, bytes);
        Ok(())
    }

    pub(super) fn resize(&mut self, ino: Ino, len: u64) -> Result<(), Errno> {
        self.changing()?;
        self.make_room(len.saturating_sub(self.file(ino)?.content.len()))?;
        self.file_mut(ino)?.content.resize(len);
        Ok(())
    }

    pub(super) fn sync(&mut self, ino: Ino) -> Result<(), Errno> {
        self.changing()?;
        let syncs = self.syncs;
        let file = self.file_mut(ino)?;
        if syncs == Syncs::Kept {
            file.content.sync();
        }
        self.counts.syncs += 1;
        Ok(())
    }

    pub(super) fn sync_directory(&mut self, dir: Ino) -> Result<(), Errno> {
        self.changing()?;
        self.directory(dir)?;
        if self.syncs == Syncs::Kept {
            self.dirs.sync(dir);
            self.sweep();
        }
        self.counts.syncs += 1;
        Ok(())
    }

    /// Capacity and what is free of it, in bytes.
    pub(super) fn space(&self) -> Result<(u64, u64), Errno> {
        self.powered()?;
        let free = self.capacity_bytes.saturating_sub(self.used_bytes());
        Ok((self.capacity_bytes, free))
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.files.values().map(|file| file.content.len()).sum()
    }

    fn make_room(&mut self, bytes: u64) -> Result<(), Errno> {
        if bytes > self.space()?.1 {
            // Files without a name may be the reason.
            self.sweep();
            if bytes > self.space()?.1 {
                return Err(Errno::ENOSPC);
            }
        }
        Ok(())
    }

    /// Forgets the files that no name leads to, now or after a cut, and that nobody has open.
    fn sweep(&mut self) {
        let reached = self.dirs.sweep(ROOT);
        self.files
            .retain(|ino, file| file.opens > 0 || reached.contains(ino));
    }

    fn new_name(&mut self, dir: Ino, name: &OsStr) -> Result<Ino, Errno> {
        self.free_name(dir, name)?;
        let ino = self.next;
        self.next += 1;
        self.dirs.change(vec![(dir, name.to_owned(), Some(ino))]);
        Ok(ino)
    }

    fn free_name(&self, dir: Ino, name: &OsStr) -> Result<(), Errno> {
        match self.directory(dir)?.contains_key(name) {
            true => Err(Errno::EEXIST),
            false => Ok(()),
        }
    }

    fn empty_directory(&self, ino: Ino) -> Result<(), Errno> {
        match self.directory(ino)?.is_empty() {
            true => Ok(()),
            false => Err(Errno::ENOTEMPTY),
        }
    }

    fn directory(&self, ino: Ino) -> Result<&BTreeMap<OsString, Ino>, Errno> {
        self.powered()?;
        self.dirs.entries(ino).ok_or(match self.files.get(&ino) {
            Some(_) => Errno::ENOTDIR,
            None => Errno::ENOENT,
        })
    }

    fn file(&self, ino: Ino) -> Result<&File, Errno> {
        self.powered()?;
        self.files.get(&ino).ok_or(self.no_file(ino))
    }

    fn file_mut(&mut self, ino: Ino) -> Result<&mut File, Errno> {
        self.powered()?;
        let error = self.no_file(ino);
        self.files.get_mut(&ino).ok_or(error)
    }

    fn no_file(&self, ino: Ino) -> Errno {
        match self.dirs.is_directory(ino) {
            true => Errno::EISDIR,
            false => Errno::ENOENT,
        }
    }

    fn powered(&self) -> Result<(), Errno> {
        match self.is_off() {
            true => Err(Errno::EIO),
            false => Ok(()),
        }
    }

    /// To be asked first by every call that changes something.
    fn changing(&mut self) -> Result<(), Errno> {
        self.power = match self.power {
            Power::Failing { calls_left: 0 } => Power::Off,
            Power::Failing { calls_left } => Power::Failing {
                calls_left: calls_left - 1,
            },
            other => other,
        };
        self.powered()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume() -> (Volume, Ino) {
        let mut volume = Volume::new(Syncs::Kept, 1000, 0);
        let ino = volume.create(ROOT, OsStr::new("file")).expect("a new name");
        volume.sync_directory(ROOT).expect("a directory");
        (volume, ino)
    }

    #[test]
    fn a_full_disk_says_so_and_a_removed_file_makes_room() {
        let (mut volume, ino) = volume();
        volume.write(ino, 0, &[1; 900]).expect("room for it");
        let other = volume
            .create(ROOT, OsStr::new("other"))
            .expect("a new name");
        assert_eq!(volume.write(other, 0, &[2; 101]), Err(Errno::ENOSPC));
        volume.unlink(ROOT, OsStr::new("file")).expect("a file");
        assert_eq!(volume.write(other, 0, &[2; 101]), Err(Errno::ENOSPC));
        volume.sync_directory(ROOT).expect("a directory");
        volume.write(other, 0, &[2; 101]).expect("room again");
    }

    #[test]
    fn the_power_goes_between_a_write_and_its_sync() {
        let (mut volume, ino) = volume();
        volume.write(ino, 0, b"kept").expect("power");
        volume.sync(ino).expect("power");
        volume.power_off_after(1);
        volume.write(ino, 4, b"+").expect("one call is left");
        assert_eq!(volume.sync(ino), Err(Errno::EIO));
        assert_eq!(volume.read(ino, 0, 9), Err(Errno::EIO));
        volume.power_on();
        assert!(
            volume
                .read(ino, 0, 9)
                .is_ok_and(|bytes| bytes.starts_with(b"kept"))
        );
    }

    #[test]
    fn a_removed_file_that_is_open_can_be_read() {
        let (mut volume, ino) = volume();
        volume.open(ino).expect("a file");
        volume.write(ino, 0, b"x").expect("a file");
        volume.unlink(ROOT, OsStr::new("file")).expect("a file");
        volume.sync_directory(ROOT).expect("a directory");
        assert_eq!(volume.read(ino, 0, 9), Ok(&b"x"[..]));
        volume.release(ino);
        volume.sync_directory(ROOT).expect("a directory");
        assert_eq!(volume.read(ino, 0, 9), Err(Errno::ENOENT));
    }
}
