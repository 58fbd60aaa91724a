//! The tracking API that the official SDKs speak.

mod parse;
mod routes;
mod settings;

pub(crate) use routes::{TrackingAnswer, cors, document, is_endpoint, method_not_allowed, router};
