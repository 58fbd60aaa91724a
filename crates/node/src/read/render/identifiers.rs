//! The identifiers of a profile, strongest namespace first, then by value.

use acquaint_api::profiles::IdentifierBody;
use acquaint_identity::{IdentifierId, ProfileView, Rank};
use acquaint_profile::ProfileId;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::profile_id;
use crate::read::reading::Reading;

/// One identifier, borrowed from the view.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed<'a> {
    rank: Rank,
    namespace: &'a str,
    value: &'a str,
    id: IdentifierId,
    is_anchor: bool,
    /// The matching key, if it differs from the value.
    matching_key: Option<&'a str>,
}

impl<'a> Listed<'a> {
    pub(super) fn of(reading: &'a Reading<'_>, view: &'a ProfileView) -> Vec<Self> {
        let mut listed = Vec::with_capacity(view.members.len());
        for member in &view.members {
            for identifier in &member.identifiers {
                listed.push(Self {
                    rank: member.rank,
                    namespace: reading.namespace(member.rank.0),
                    value: &identifier.canonical,
                    id: identifier.id,
                    is_anchor: identifier.is_anchor,
                    matching_key: (member.key != identifier.canonical).then_some(&member.key),
                });
            }
        }
        listed.sort_unstable();
        // An asset that several of the profile's own held in turn stands under each of them.
        listed.dedup();
        listed
    }

    /// As JSON; with `verbose`, all that is known of it.
    pub(super) fn json(&self, verbose: bool) -> ListedJson<'_> {
        ListedJson {
            listed: self,
            verbose,
        }
    }
}

/// An identifier, to be written: see [`IdentifierBody`].
pub(super) struct ListedJson<'a> {
    listed: &'a Listed<'a>,
    verbose: bool,
}

impl Serialize for ListedJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let listed = self.listed;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("namespace", listed.namespace)?;
        map.serialize_entry("value", listed.value)?;
        if self.verbose {
            map.serialize_entry("profileId", &profile_id(listed.id))?;
            map.serialize_entry("anchor", &listed.is_anchor)?;
            if let Some(key) = listed.matching_key {
                map.serialize_entry("matchingKey", key)?;
            }
        }
        map.end()
    }
}

/// Every identifier with all that is known of it.
pub(crate) fn identifiers(reading: &Reading<'_>, view: &ProfileView) -> Vec<IdentifierBody> {
    let body = |listed: &Listed<'_>| IdentifierBody {
        namespace: listed.namespace.to_owned(),
        value: listed.value.to_owned(),
        profile_id: Some(ProfileId(acquaint_profile::IdentifierId(listed.id.0)).to_string()),
        anchor: Some(listed.is_anchor),
        matching_key: listed.matching_key.map(str::to_owned),
    };
    Listed::of(reading, view).iter().map(body).collect()
}
