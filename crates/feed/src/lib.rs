//! acquaint-feed
