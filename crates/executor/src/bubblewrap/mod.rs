//! The engine that needs no daemon and no root: bubblewrap, with limits and a system call filter of resow's own.
