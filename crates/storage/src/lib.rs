//! acquaint-storage
