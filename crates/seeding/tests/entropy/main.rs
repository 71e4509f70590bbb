//! The preloaded libraries: what they compute, what they ask of a process, and what programs get from them.

#[path = "../../entropy/chacha20.rs"]
mod chacha20;
#[path = "../../entropy/derivation.rs"]
mod derivation;
#[path = "../../entropy/instant.rs"]
mod instant;
#[path = "../../entropy/line.rs"]
mod line;
#[path = "../../entropy/sha256.rs"]
mod sha256;

mod clock;
mod counters;
mod counting;
mod draws;
mod events;
mod layer;
mod lines;
mod loaders;
mod ordinary;
mod processes;
mod streams;
mod symbols;
mod tasks;
mod threads;
