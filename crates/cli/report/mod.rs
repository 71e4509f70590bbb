//! How results and events reach people and programs.

pub(crate) mod differences;
pub(crate) mod faults;
pub(crate) mod lines;
pub(crate) mod live;
pub(crate) mod outputs;
pub(crate) mod progress;
pub(crate) mod seeding;
pub(crate) mod shortening;
pub(crate) mod sides;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod trace;
pub(crate) mod wrapping;
