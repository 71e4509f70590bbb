//! What an experiment is: the manifest as written, the plan as resolved, and the plain facts of a run.
//!
//! Nothing here reads a file, a clock or an environment variable.

pub mod clock;
pub mod comparator;
pub mod conditions;
pub mod determinism;
pub mod digest;
pub mod encoding;
pub mod environment;
pub mod experiment_name;
pub mod fault;
pub mod host;
pub mod host_fact;
pub mod identifiers;
pub mod isolation;
pub mod manifest;
pub mod outcome;
pub mod output_location;
pub mod overrides;
pub mod parameter;
pub mod pinning;
pub mod plan;
pub mod plan_difference;
pub mod quantity;
mod reading;
pub mod seed;
pub mod seeding_report;
pub mod source_tree;
pub mod suggestion;
pub mod template;
pub mod trace;
pub mod workspace_path;
