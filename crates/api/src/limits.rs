//! The bounds of the contract. Each has its unit last in its name.
//!
//! The first group is given by the tracking API that the SDKs speak and cannot be
//! configured; the second is ours.

/// One tracking message, in bytes of JSON after gunzip.
pub const MESSAGE_BYTES_MAX: usize = 32_768;
/// One tracking request body, in bytes after gunzip.
pub const BATCH_BYTES_MAX: usize = 512_000;
/// `context` of a batch in bytes, times its messages: every message gets it. With all of 2,500, that is 3,355 each.
pub const BATCH_CONTEXT_BYTES_MAX: usize = 8_388_608;
/// Messages in one batch.
pub const BATCH_MESSAGES_MAX: usize = 2_500;
/// Characters of a message id.
pub const MESSAGE_ID_CHARS_MAX: usize = 100;
/// The longest `Retry-After` that the SDKs honour, in seconds.
pub const RETRY_AFTER_SECONDS_MAX: u64 = 300;

/// Identifiers that one message may carry.
pub const MESSAGE_IDENTIFIERS_MAX: usize = 16;
/// Keys of one batch lookup.
pub const LOOKUP_KEYS_MAX: usize = 1_000;
/// Recent interactions in the answer to one batch lookup: keys times interactions of each.
pub const LOOKUP_INTERACTIONS_MAX: usize = 5_000;
/// Bytes of a key as text.
pub const KEY_BYTES_MAX: usize = 600;
/// Bytes of a body that is not a tracking request.
pub const BODY_BYTES_MAX: usize = 1_048_576;
/// Interactions on one page of a timeline.
pub const TIMELINE_PAGE_MAX: usize = 1_000;
/// Interactions on a page of a timeline when the caller names no limit.
pub const TIMELINE_PAGE_DEFAULT: usize = 50;
/// Recent interactions that come with a profile.
pub const PROFILE_INTERACTIONS_MAX: usize = 100;
/// Changes of profile ids on one page.
pub const CHANGES_PAGE_MAX: usize = 1_000;
/// Changes of profile ids on a page when the caller names no limit.
pub const CHANGES_PAGE_DEFAULT: usize = 100;
/// Operator facts that one answer lists.
pub const FACTS_MAX: usize = 1_000;
/// Bytes of the author or the reason of a fact.
pub const FACT_TEXT_BYTES_MAX: usize = 1_000;
/// Bytes of a token as text.
pub const TOKEN_BYTES_MAX: usize = 2_048;
