//! The lines of an export: first the profiles, then the interactions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{InteractionBody, ProfileBody};

/// One line of NDJSON.
///
/// Lines carry neither receipt times nor positions, so that the same set of messages
/// gives the same bytes whatever way it came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExportLine {
    /// A profile.
    Profile(Box<ProfileBody>),
    /// An interaction and whose it is.
    Interaction {
        /// The canonical id of its profile; what is nobody's stands under the profile of its thing. Absent only while
        /// identity has not heard of the anchor, or knows nothing of it any more because its source was revoked.
        #[serde(default, rename = "profileId", skip_serializing_if = "Option::is_none")]
        profile_id: Option<String>,
        /// The interaction.
        #[serde(flatten)]
        interaction: Box<InteractionBody>,
    },
}
