//! The course of the experiment on simulated programs, each with a known cause.

mod course;
mod factors;
mod races;
mod simulation;
