//! acquaint-cli
