//! The disk in memory as a FUSE file system.
//!
//! - The kernel writes through (it is not offered a write-back cache), so every `write` of a program arrives here before the
//!   program goes on. Nothing that the kernel knows of a name or a length is kept, and pages are dropped at every open:
//!   after a power cut a program sees what the disk has.
//! - The kernel keeps locks itself. What a store does not need (symbolic links, extended attributes, shared maps) is not
//!   there.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use parking_lot::Mutex;

use super::directory::Ino;
use super::volume::{Attributes, Volume};

/// What the kernel may remember: nothing.
const REMEMBERED: Duration = Duration::ZERO;
/// A number is never used twice.
const GENERATION: Generation = Generation(0);
/// The unit of `statfs`.
const BLOCK_BYTES: u32 = 4096;
/// `FALLOC_FL_KEEP_SIZE`: room is set aside, and the file stays as it is.
const KEEP_SIZE: i32 = 1;
const NAME_BYTES_MAX: u32 = 255;

/// What answers the kernel.
pub(super) struct PowerFilesystem {
    volume: Arc<Mutex<Volume>>,
    listings: Mutex<Listings>,
}

/// Directories as they were when they were opened: a program may remove what it reads.
#[derive(Default)]
struct Listings {
    next: u64,
    open: BTreeMap<u64, Vec<(OsString, Ino, bool)>>,
}

impl PowerFilesystem {
    pub(super) fn new(volume: Arc<Mutex<Volume>>) -> Self {
        Self {
            volume,
            listings: Mutex::default(),
        }
    }

    /// Does something and tells what then stands under a number.
    fn entry(&self, reply: ReplyEntry, act: impl FnOnce(&mut Volume) -> Result<Ino, Errno>) {
        let mut volume = self.volume.lock();
        match act(&mut volume).and_then(|ino| volume.attributes(ino)) {
            Ok(found) => reply.entry(&REMEMBERED, &attributes(found), GENERATION),
            Err(error) => reply.error(error),
        }
    }

    fn empty(&self, reply: ReplyEmpty, act: impl FnOnce(&mut Volume) -> Result<(), Errno>) {
        match act(&mut self.volume.lock()) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }
}

impl Filesystem for PowerFilesystem {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        self.entry(reply, |volume| volume.find(parent.0, name));
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.volume.lock().attributes(ino.0) {
            Ok(found) => reply.attr(&REMEMBERED, &attributes(found)),
            Err(error) => reply.error(error),
        }
    }

    /// Times, owners and modes are not kept.
    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut volume = self.volume.lock();
        let resized = size.map_or(Ok(()), |size| volume.resize(ino.0, size));
        match resized.and_then(|()| volume.attributes(ino.0)) {
            Ok(found) => reply.attr(&REMEMBERED, &attributes(found)),
            Err(error) => reply.error(error),
        }
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, _: u32, _: u32, reply: ReplyEntry) {
        self.entry(reply, |volume| volume.make_directory(parent.0, name));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.empty(reply, |volume| volume.unlink(parent.0, name));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.empty(reply, |volume| volume.remove_directory(parent.0, name));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !RenameFlags::RENAME_NOREPLACE.contains(flags) {
            return reply.error(Errno::EINVAL);
        }
        self.empty(reply, |volume| {
            let (from, to) = ((parent.0, name), (new_parent.0, new_name));
            volume.rename(from, to, flags.is_empty())
        });
    }

    fn link(&self, _: &Request, ino: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        self.entry(reply, |volume| {
            volume.link(ino.0, parent.0, name).map(|()| ino.0)
        });
    }

    fn open(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.volume.lock().open(ino.0) {
            Ok(()) => reply.opened(FileHandle(0), FopenFlags::empty()),
            Err(error) => reply.error(error),
        }
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        _: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let mut volume = self.volume.lock();
        let created = volume.create(parent.0, name).and_then(|ino| {
            volume.open(ino)?;
            volume.attributes(ino)
        });
        match created {
            Ok(found) => reply.created(
                &REMEMBERED,
                &attributes(found),
                GENERATION,
                FileHandle(0),
                FopenFlags::empty(),
            ),
            Err(error) => reply.error(error),
        }
    }

    fn release(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        self.volume.lock().release(ino.0);
        reply.ok();
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.volume.lock().read(ino.0, offset, size as usize) {
            Ok(bytes) => reply.data(bytes),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.volume.lock().write(ino.0, offset, data) {
            Ok(()) => reply.written(u32::try_from(data.len()).expect("a request is small")),
            Err(error) => reply.error(error),
        }
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.empty(reply, |volume| volume.sync(ino.0));
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.empty(reply, |volume| volume.sync_directory(ino.0));
    }

    fn fallocate(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        _: u64,
        _: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        self.empty(reply, |volume| match mode {
            KEEP_SIZE => volume.attributes(ino.0).map(|_| ()),
            _ => Err(Errno::EOPNOTSUPP),
        });
    }

    fn opendir(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.volume.lock().list(ino.0) {
            Ok(listing) => {
                let mut listings = self.listings.lock();
                listings.next += 1;
                let handle = listings.next;
                listings.open.insert(handle, listing);
                reply.opened(FileHandle(handle), FopenFlags::empty());
            }
            Err(error) => reply.error(error),
        }
    }

    fn readdir(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let listings = self.listings.lock();
        let Some(listing) = listings.open.get(&handle.0) else {
            return reply.error(Errno::EBADF);
        };
        for (place, (name, ino, is_directory)) in (1..).zip(listing) {
            if place > offset && reply.add(INodeNo(*ino), place, kind(*is_directory), name) {
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        reply: ReplyEmpty,
    ) {
        self.listings.lock().open.remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        match self.volume.lock().space() {
            Ok((capacity, free)) => {
                let block = u64::from(BLOCK_BYTES);
                let (all, free) = (capacity / block, free / block);
                reply.statfs(
                    all,
                    free,
                    free,
                    0,
                    0,
                    BLOCK_BYTES,
                    NAME_BYTES_MAX,
                    BLOCK_BYTES,
                );
            }
            Err(error) => reply.error(error),
        }
    }
}

fn kind(is_directory: bool) -> FileType {
    match is_directory {
        true => FileType::Directory,
        false => FileType::RegularFile,
    }
}

fn attributes(found: Attributes) -> FileAttr {
    FileAttr {
        ino: INodeNo(found.ino),
        size: found.bytes,
        blocks: found.bytes.div_ceil(512),
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: kind(found.is_directory),
        perm: if found.is_directory { 0o755 } else { 0o644 },
        nlink: found.links,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: BLOCK_BYTES,
        flags: 0,
    }
}
