//! Lookups: a key to the JSON of a profile, and many keys to the JSON of their answers.

use acquaint_api::{ErrorCode, ErrorDetail, ProfileKey};
use bytes::Bytes;
use serde::Serialize;

use super::reading::Reading;
use super::render::{self, ProfileJson};
use super::{LookupOptions, TimelineOptions, timeline_page};
use crate::Error;
use crate::ingest::now;

/// Room for the JSON of most profiles.
const JSON_BYTES: usize = 2_048;

/// One answer of many: see [`LookupAnswer`](acquaint_api::profiles::LookupAnswer).
#[derive(Serialize)]
struct Answer<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDetail>,
}

/// The profile that a key names.
pub(super) fn one(
    reading: &Reading<'_>,
    key: &ProfileKey,
    options: &LookupOptions,
) -> Result<Bytes, Error> {
    let mut json = Vec::with_capacity(JSON_BYTES);
    with_profile(reading, key, options, |profile| write(&mut json, &profile))??;
    Ok(json.into())
}

/// The profiles that keys name, or why there is none, in the order of the keys.
pub(super) fn many(
    reading: &Reading<'_>,
    keys: &[String],
    options: &LookupOptions,
) -> Result<Bytes, Error> {
    let mut json = Vec::with_capacity(JSON_BYTES);
    json.extend_from_slice(b"{\"answers\":[");
    for (place, key) in keys.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        let parsed = key
            .parse::<ProfileKey>()
            .map_err(|error| Error::refused(ErrorCode::InvalidKey, error.to_string()));
        let found = parsed.and_then(|parsed| {
            with_profile(reading, &parsed, options, |profile| {
                let answer = Answer {
                    key,
                    profile: Some(profile),
                    error: None,
                };
                write(&mut json, &answer)
            })
        });
        match found {
            Ok(written) => written?,
            // A fault of one key is that key's answer; a fault of the node is the request's.
            Err(error @ (Error::Refused { .. } | Error::Shared { .. })) => {
                let answer = Answer {
                    key,
                    profile: None,
                    error: Some(error.detail()),
                };
                write(&mut json, &answer)?;
            }
            Err(error) => return Err(error),
        }
    }
    json.extend_from_slice(b"]}");
    Ok(json.into())
}

/// Shows the profile of a key to `show`. Nothing is shown of one that cannot be answered.
fn with_profile<T>(
    reading: &Reading<'_>,
    key: &ProfileKey,
    options: &LookupOptions,
    show: impl FnOnce(ProfileJson<'_>) -> T,
) -> Result<T, Error> {
    let view = reading.profile(key)?;
    let folded = reading.fold(&view)?;
    let mut interactions = None;
    if options.interactions > 0 {
        let latest = TimelineOptions {
            limit: options.interactions,
            ..TimelineOptions::default()
        };
        let page = timeline_page(reading, &view, &latest)?;
        let bodies = page.interactions.iter();
        interactions = Some(bodies.map(|one| render::interaction(one, true)).collect());
    }
    Ok(show(ProfileJson {
        reading,
        view: &view,
        folded: &folded,
        options,
        at: now(),
        interactions,
    }))
}

fn write(json: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(json, value)
        .map_err(|error| Error::Inconsistent(format!("cannot write a profile as JSON: {error}")))
}
