//! acquaint-http
