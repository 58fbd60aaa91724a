//! Whether the replicas of each group hold the same state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

use super::DigestBody;

/// One comparison for each group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonsBody {
    /// The groups, in the order of their numbers.
    pub groups: Vec<ComparisonBody>,
}

/// What the replicas of a group say of their state at one index of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonBody {
    /// `registry`, `identity-0`, `anchors-3`.
    pub group: String,
    /// The index at which they were asked.
    pub index: u64,
    /// Whether all that answered say the same.
    pub agrees: bool,
    /// What each node said; nothing where it did not answer in time.
    #[schema(schema_with = digests)]
    pub digests: BTreeMap<u64, Option<DigestBody>>,
    /// The nodes whose state is another one than that of the majority. Their replicas are stopped.
    pub diverged: Vec<u64>,
}

/// Written out, as the derive cannot say that a value of a map may be null.
fn digests() -> Schema {
    let digest = OneOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .item(Ref::from_schema_name("DigestBody"));
    ObjectBuilder::new()
        .additional_properties(Some(Schema::OneOf(digest.build())))
        .into()
}
