//! acquaint-node
