//! acquaint-consensus
