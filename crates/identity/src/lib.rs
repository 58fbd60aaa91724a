//! acquaint-identity
