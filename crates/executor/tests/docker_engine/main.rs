//! The Docker engine, tried against a real one.

mod images;
mod isolation;
mod lost;
mod outcomes;
mod support;
mod sweeping;
mod workspaces;
