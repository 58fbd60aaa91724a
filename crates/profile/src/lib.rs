//! acquaint-profile
