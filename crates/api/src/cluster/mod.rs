//! The cluster as its operators see it: its nodes, its groups, who may become a member, how consistent a read is.

mod admission;
mod comparison;
mod consistency;
mod node;
mod replica;

pub use admission::{AdmissionBody, AdmitBody, DrainBody, TransferBody};
pub use comparison::{ComparisonBody, ComparisonsBody};
pub use consistency::{Consistency, ContradictoryRead, UnknownConsistency};
pub use node::{ClusterBody, NodeBody, NodeRole};
pub use replica::{DigestBody, FollowerBody, ReplicaBody};
