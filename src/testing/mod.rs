//! What tests of several modules need.

pub mod scripted_server;
