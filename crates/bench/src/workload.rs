//! The workloads by name.

use std::fmt;
use std::str::FromStr;

use crate::BenchError;

/// The kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// Lookups of a thousand customers by login.
    LookupHot,
    /// Lookups of all customers, by a Zipf distribution.
    LookupZipf,
    /// Lookups of all customers, each as likely.
    LookupUniform,
    /// Lookups of a thousand customers by profile id.
    LookupProfileId,
    /// Lookups of many customers in one request.
    LookupBatch,
    /// Lookups of a thousand customers with `consistency=strong`.
    LookupStrong,
    /// Messages about new people.
    IngestNew,
    /// Messages about known people.
    IngestKnown,
    /// Messages of which every third joins two profiles.
    IngestMerge,
    /// Messages of eight channels with shared devices and cookie churn.
    IngestOmnichannel,
    /// Lookups and single messages, 95 to 5.
    Mixed95,
    /// Lookups and single messages, 50 to 50.
    Mixed50,
    /// Lookups of customers that changed since the last lookup.
    MidConversation,
    /// The latest interactions of all customers, by a Zipf distribution.
    Timeline,
}

impl Workload {
    /// All workloads.
    pub const ALL: [Self; 14] = [
        Self::LookupHot,
        Self::LookupZipf,
        Self::LookupUniform,
        Self::LookupProfileId,
        Self::LookupBatch,
        Self::LookupStrong,
        Self::IngestNew,
        Self::IngestKnown,
        Self::IngestMerge,
        Self::IngestOmnichannel,
        Self::Mixed95,
        Self::Mixed50,
        Self::MidConversation,
        Self::Timeline,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::LookupHot => "lookup-hot",
            Self::LookupZipf => "lookup-zipf",
            Self::LookupUniform => "lookup-uniform",
            Self::LookupProfileId => "lookup-profile-id",
            Self::LookupBatch => "lookup-batch",
            Self::LookupStrong => "lookup-strong",
            Self::IngestNew => "ingest-new",
            Self::IngestKnown => "ingest-known",
            Self::IngestMerge => "ingest-merge",
            Self::IngestOmnichannel => "ingest-omnichannel",
            Self::Mixed95 => "mixed-95-5",
            Self::Mixed50 => "mixed-50-50",
            Self::MidConversation => "mid-conversation",
            Self::Timeline => "timeline",
        }
    }

    /// A line of help.
    pub fn about(self) -> &'static str {
        match self {
            Self::LookupHot => "lookups of 1,000 customers by login",
            Self::LookupZipf => {
                "lookups of all customers by login, some far more often (Zipf, exponent 1)"
            }
            Self::LookupUniform => "lookups of all customers by login, each as often",
            Self::LookupProfileId => "lookups of 1,000 customers by profile id",
            Self::LookupBatch => "lookups of --batch customers in one request (100)",
            Self::LookupStrong => "lookups of 1,000 customers with consistency=strong",
            Self::IngestNew => "messages about new people, --batch in a request (1)",
            Self::IngestKnown => "messages about known people, --batch in a request (1)",
            Self::IngestMerge => {
                "messages of which every third joins two profiles, --batch in a request (1)"
            }
            Self::IngestOmnichannel => {
                "eight channels, shared devices, cookie churn, repeated messages, --batch in a request (1)"
            }
            Self::Mixed95 => "95 % lookups of all customers, 5 % messages about them",
            Self::Mixed50 => "50 % lookups of all customers, 50 % messages about them",
            Self::MidConversation => {
                "lookups of customers with nine anchors that changed since the last lookup; the write is not timed"
            }
            Self::Timeline => "the 20 latest interactions of customers (Zipf)",
        }
    }

    /// Items in a request when nothing is said.
    pub fn batch(self) -> usize {
        match self {
            Self::LookupBatch => 100,
            _ => 1,
        }
    }

    /// Whether requests may carry several items.
    pub fn has_batches(self) -> bool {
        matches!(
            self,
            Self::LookupBatch
                | Self::IngestNew
                | Self::IngestKnown
                | Self::IngestMerge
                | Self::IngestOmnichannel
        )
    }

    /// Whether it refers to customers of the population.
    pub fn needs_customers(self) -> bool {
        !matches!(
            self,
            Self::IngestNew | Self::IngestMerge | Self::IngestOmnichannel | Self::MidConversation
        )
    }

    /// Whether it refers to customers with nine anchors.
    pub fn needs_talkers(self) -> bool {
        self == Self::MidConversation
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Workload {
    type Err = BenchError;

    fn from_str(name: &str) -> Result<Self, BenchError> {
        let found = Self::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or_else(|| BenchError::UnknownWorkload {
            name: name.to_owned(),
            expected: Self::ALL.map(Self::name).join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_are_refused() {
        for workload in Workload::ALL {
            assert_eq!(workload.name().parse::<Workload>().ok(), Some(workload));
        }
        let refused = "lookup"
            .parse::<Workload>()
            .map_err(|error| error.to_string());
        let message = refused.err().unwrap_or_default();
        assert!(
            message.starts_with("unknown workload `lookup`: expected lookup-hot, "),
            "{message}"
        );
    }
}
