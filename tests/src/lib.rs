//! acquaint-tests
