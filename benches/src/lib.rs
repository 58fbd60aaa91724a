//! acquaint-benches
