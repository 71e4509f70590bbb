//! Groups of this machine, with processes that want too much; and the files of machines of other kinds.

mod files;
mod kernel;
