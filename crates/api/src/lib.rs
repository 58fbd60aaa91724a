//! acquaint-api
