//! The tracking API that the official SDKs speak.

mod parse;
mod routes;
mod settings;

pub(crate) use routes::{ENDPOINTS, TrackingAnswer, cors, document, method_not_allowed, router};
