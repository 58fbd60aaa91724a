//! Writing and reading the fields of a key.
//!
//! Every field keeps its order as bytes: unsigned numbers are big endian, signed ones have their sign bit flipped.

use acquaint_profile::{Day, IdentifierId, Timestamp, WorkspaceId};

use crate::{GroupId, Slot};

/// The sign bit of a time.
const SIGN: u64 = 1 << 63;

/// Gathers the bytes of a key.
pub(crate) struct KeyWriter(Vec<u8>);

impl KeyWriter {
    /// The longest key of fixed length is that of a member of the identity graph.
    const BYTES_USUAL: usize = 72;

    /// The start of a row of an anchor.
    pub(crate) fn anchor(
        slot: Slot,
        kind: u8,
        workspace: WorkspaceId,
        anchor: &IdentifierId,
    ) -> Self {
        Self::partition(slot.number(), kind)
            .u32(workspace.0)
            .bytes(&anchor.0)
    }

    /// The start of a group's own row.
    pub(crate) fn group(group: GroupId, kind: u8) -> Self {
        Self::partition(group.partition(), kind)
    }

    /// The start of any row.
    pub(crate) fn partition(partition: u16, kind: u8) -> Self {
        let mut bytes = Vec::with_capacity(Self::BYTES_USUAL);
        bytes.extend(partition.to_be_bytes());
        bytes.push(kind);
        Self(bytes)
    }

    pub(crate) fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn time(self, time: Timestamp) -> Self {
        self.u64(time.0 as u64 ^ SIGN)
    }

    /// The whole comes before every day.
    pub(crate) fn day(self, day: Option<Day>) -> Self {
        self.u32(day.map_or(0, |day| day.0.saturating_add(1)))
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes the fields of a key one by one.
pub(crate) struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or("it ends too early")?;
        self.0 = tail;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, &'static str> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, &'static str> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, &'static str> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, &'static str> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, &'static str> {
        Ok(Timestamp((self.u64()? ^ SIGN) as i64))
    }

    pub(crate) fn day(&mut self) -> Result<Option<Day>, &'static str> {
        Ok(self.u32()?.checked_sub(1).map(Day))
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn end(self) -> Result<(), &'static str> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err("bytes follow its last field")
        }
    }
}
