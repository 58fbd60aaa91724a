//! Deriving the identity graph's evidence again from the anchors.
//!
//! Each anchors group puts the evidence of its strands into its outbox again, page by page; the pump takes it to the
//! identity group as ever. Where it is known, nothing changes; where it was lost, it comes back.
//!
//! - A call does a bounded piece of the work and says where the next one begins. It keeps nothing: a client that goes
//!   away leaves nothing behind, and begins again or goes on as it likes.
//! - A page is waited for before the next: the outbox holds one at most.

use std::time::Instant;

use acquaint_api::ErrorCode;
use acquaint_api::profiles::{RebuildBody, RebuildRequest};
use acquaint_profile::{IdentifierId, StrandId, WorkspaceId};
use acquaint_storage::GroupId;
use acquaint_storage::command::{AnchorsCommand, AnchorsOutcome, ReemitStrands, StrandPlace};
use data_encoding::HEXLOWER;

use crate::proposing::propose;
use crate::{Caller, Error, Node};

/// Where a rebuild goes on: a group, and the strand after which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    group: u16,
    after: Option<StrandPlace>,
}

impl Node {
    /// Tells the identity group again what the strands of the caller's workspace say, for about as long as a request may
    /// take.
    pub async fn rebuild_identity(
        &self,
        caller: &Caller,
        request: &RebuildRequest,
    ) -> Result<RebuildBody, Error> {
        let started = Instant::now();
        let mut strands = 0;
        let mut cursor = match &request.cursor {
            Some(text) => Cursor::parse(text).ok_or_else(unknown_cursor)?,
            None => Cursor {
                group: 0,
                after: None,
            },
        };
        while cursor.group < self.slot_map().anchors_groups {
            if strands > 0 && started.elapsed() > self.wait_ms_max() / 4 {
                return Ok(RebuildBody {
                    strands,
                    cursor: Some(cursor.text()),
                });
            }
            self.check_space()?;
            let (told, next) = self.reemit(caller.workspace, cursor).await?;
            strands += u64::from(told);
            cursor = match next {
                Some(_) => Cursor {
                    after: next,
                    ..cursor
                },
                None => Cursor {
                    group: cursor.group + 1,
                    after: None,
                },
            };
        }
        Ok(RebuildBody {
            strands,
            cursor: None,
        })
    }

    /// One page: how many strands, and where the next begins.
    async fn reemit(
        &self,
        workspace: WorkspaceId,
        cursor: Cursor,
    ) -> Result<(u32, Option<StrandPlace>), Error> {
        let id = GroupId::Anchors(cursor.group);
        let (first, last) = self.slot_map().slots(id).ok_or_else(unknown_cursor)?;
        let command = AnchorsCommand::Reemit(ReemitStrands {
            workspace,
            first,
            last,
            after: cursor.after,
        });
        let group = self.group(id)?;
        let settled = propose(self.store(), group, &command).await?;
        match settled.outcome {
            AnchorsOutcome::Reemitted {
                strands,
                outbox,
                next,
            } => {
                if let Some(place) = outbox {
                    self.wait_identity(cursor.group, place).await?;
                }
                Ok((strands, next))
            }
            other => Err(Error::Inconsistent(format!(
                "a page of a rebuild was answered with {other:?}"
            ))),
        }
    }
}

fn unknown_cursor() -> Error {
    let message = "this cursor was not given by a rebuild; begin again without one";
    Error::refused(ErrorCode::InvalidRequest, message)
}

impl Cursor {
    fn text(self) -> String {
        let after = self.after.map_or_else(String::new, |place| {
            HEXLOWER.encode(&[place.anchor.0, place.strand.0].concat())
        });
        format!("{}.{after}", self.group)
    }

    fn parse(text: &str) -> Option<Self> {
        let (group, after) = text.split_once('.')?;
        let after = match after {
            "" => None,
            hex => {
                let bytes: [u8; 32] = HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()?;
                let (anchor, strand) = bytes.split_first_chunk::<16>()?;
                Some(StrandPlace {
                    anchor: IdentifierId(*anchor),
                    strand: StrandId(strand.try_into().ok()?),
                })
            }
        };
        Some(Self {
            group: group.parse().ok()?,
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_both_ways_as_text() {
        let place = StrandPlace {
            anchor: IdentifierId([1; 16]),
            strand: StrandId([0xFE; 16]),
        };
        for after in [None, Some(place)] {
            let cursor = Cursor { group: 3, after };
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
        for text in ["", "1", "x.", "1.ab", "70000."] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
