//! The tracking API that the official SDKs speak.

pub(crate) mod cors;
mod parse;
mod routes;
mod settings;

pub(crate) use routes::{TrackingAnswer, document, is_endpoint, method_not_allowed, paths, router};
