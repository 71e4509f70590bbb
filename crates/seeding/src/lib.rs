//! The determinism layer: what a run finds in its container so that chance follows the seed, and what it says of itself.
//!
//! # The contract, layer 1
//! A container has the folder `/run/resow/seeding`, read-only, and two files that every process may write:
//! `/run/resow/events`, to which each process appends lines of JSON, and `/run/resow/occurrences`, 16 MiB of zeros that
//! all processes map.
//!
//! | path below `/run/resow/seeding` | what it is |
//! | --- | --- |
//! | `entropy.so` | preloaded into every process: answers for the operating system's entropy |
//! | `clock.so` | preloaded where the wall clock stands, where clocks count, and where the run is watched |
//! | `python/` | first on `PYTHONPATH`: the start-up module and what it imports |
//! | `r/profile.R` | `R_PROFILE_USER` |
//!
//! | variable | its value |
//! | --- | --- |
//! | `RESOW_SEED` | the manifest's seed, decimal |
//! | `RESOW_PROFILE` | `portable` or `fast` |
//! | `RESOW_ALGORITHMS` | `strict`, `warn` or `any` |
//! | `RESOW_THREADS` | under `portable`: threads of every pool, decimal |
//! | `RESOW_R_PROFILE` | the profile that R would have read, where the image or the manifest names one |
//! | `RESOW_ENTROPY` | 64 hexadecimal digits: the key of the process that started this one; absent where entropy is the host's |
//! | `RESOW_PROCESSORS` | how many processors programs are told that there are; absent where it is the machine's own |
//! | `RESOW_ADDRESSES` | `fixed` where address randomisation is to be off |
//! | `RESOW_DIRECTORY_ORDER` | `reversed` where folders are listed the other way round: in Python by names, by the C library's functions from the file system's end |
//! | `RESOW_PADDING` | in a run that is watched: what fills its environment up to one size |
//! | `RESOW_EVENTS`, `RESOW_OCCURRENCES` | where the two files are, in tests |
//! | `RESOW_CLOCK` | seconds since 1970, `.`, nine digits: where the wall clock stands; then `+` and nanoseconds, decimal, where every clock counts by them from there; absent where clocks are the host's |
//! | `LD_PRELOAD` | `entropy.so`, `clock.so` where they act, then what the image has |
//!
//! ## Streams
//! The manifest's seed goes to every library as it is. What must be independent is derived by name.
//!
//! - `derive(key, label, data)` is SHA-256 of the key (32 bytes), the label, a zero byte, and the data.
//! - The first process is handed the key `SHA-256("resow layer 1 entropy" ‖ 0 ‖ seed as 8 bytes, little-endian)`.
//! - In a run with another entropy than its plan's, of number `m`, it is handed `SHA-256("resow layer 1 other entropy" ‖ 0 ‖
//!   seed as 8 bytes, little-endian ‖ m as 8 bytes, little-endian)`.
//! - A process that was started has `derive(handed, "process", arguments ‖ n)`: each argument followed by a zero byte,
//!   and `n`, 8 bytes little-endian, how many processes with the same handed key and arguments began before; it hands
//!   its own key to what it starts, by writing it over the value of `RESOW_ENTROPY`.
//! - A program that is started through the C library's own functions is handed
//!   `derive(key of the thread that starts it, "exec", n)`, `n` that thread's starts so far, failed ones included; one that
//!   is started in another way (`system`, `popen`) is handed the key of the process that starts it. A key that a program
//!   has put there itself stays.
//! - A forked process has `derive(key of the thread that forked, "fork", n)`: that thread's forks so far.
//! - A thread has `derive(key of the thread that made it, "thread", n)`: the threads that one made so far. The first
//!   thread of a process has the process's key.
//! - A thread that begins a task of a pool, in Python, has from then on `derive(key of the first process as it is handed,
//!   "task", name)`, `name` the first 16 digits of the submitting process's key, who submitted the task, by thread, fork
//!   and task, and its number there.
//! - Each thread draws from ChaCha20 (RFC 8439) with its key, the nonce zero and the block counter from zero.
//!
//! ## Clocks that count
//! Each thread has two numbers of nanoseconds, `read` and `waited`. A read of any clock adds the step to `read`; then
//! clocks of the time of day say the start and `read + waited`, monotonic ones 1000 s and `read + waited`, clocks of
//! processor time `read`. A sleep, and a wait that ran out, adds what it lasted by its own words to `waited`. A thread
//! begins with the numbers of its maker when it was made, a forked process with those of the thread that forked; a program
//! that is started begins with zeros. A wait for a condition that lies in Python's `_PyRuntime` adds nothing, and takes
//! the step of the read before it back.
//!
//! ## Counters
//! In a run that is watched, `/run/resow/occurrences` is 4096 bytes longer. There, each process counts what it meets, up
//! to 1000: a number of 8 bytes, little-endian, each 64 bytes, in the order of [`counters::Counter`]. Where the file ends
//! before, nothing is counted.
//!
//! ## Events
//! One JSON object a line, at most 4096 bytes with its line feed, written with one `write` to a descriptor opened for
//! appending. `kind` says which:
//!
//! | kind | written by | fields |
//! | --- | --- | --- |
//! | `process` | entropy library, at start | `pid`, `program`, `arguments` |
//! | `unreached` | entropy library, before a program starts that it will not be in, or in one that draws past it | `pid`, `program`, `arguments`, `reason`: `static`, `environment` or `runtime` |
//! | `language` | a language's layer, at start | `pid`, `name` (`python`, `r`), `version` |
//! | `library` | a language's layer, when a library was seeded | `pid`, `name`, `version` |
//! | `uses` | a language's layer, what a library says it uses | `pid`, `name`, `what`, `value` |
//! | `draw` | any, at a draw that is not under the seed | `pid`, `call`, `reason`, `file`, `line` |
//! | `network` | any, at an attempt to reach a network | `pid`, `host`, `file`, `line` |
//! | `operation` | a language's layer, at an operation that has no deterministic version | `pid`, `library`, `name`, `stopped`, `file`, `line` |
//! | `fault` | any, when it could not do something | `pid`, `what`, `message` |
//!
//! `file` and `line` may be absent.
//!
//! ## Trace
//! Where the manifest has `[trace]`, there is a third file that every process may write, `/run/resow/seeding/trace`, and:
//!
//! | variable | its value |
//! | --- | --- |
//! | `RESOW_TRACE` | where the file is |
//! | `RESOW_TRACE_EVERY` | steps whose number this divides are traced, decimal |
//! | `RESOW_TRACE_STATE` | some of `gradients`, `parameters`, `optimizer`, with commas between; may be empty |
//!
//! One JSON object a line, at most 65536 bytes with its line feed, written with one `write` to a descriptor opened for
//! appending. Lines that follow one another with the same process and step are one step.
//!
//! | field | what it is |
//! | --- | --- |
//! | `step` | a step's number, from 0 |
//! | `values` | with `step`: an object, for each value by name the text that stands for it |
//! | `fault` | in the place of both: what could not be traced, as text |
//! | `process` | which process or thread of a program, the same in each run; absent for the first |
//! | `program` | what tells a program from others of the run; absent where there is one. Python's part of the layer writes the first 16 digits of the program's key |
//!
//! What stands for a value is up to who writes it. Python's part writes numbers, and texts of up to 100 characters, as
//! they are, and of everything else the first 32 hexadecimal digits of a SHA-256: of an array's or tensor's type, a
//! space, its lengths with commas between, a line feed, and its elements, little-endian, in the order of C; of bytes and
//! longer texts, of `bytes` or `text`, a space, the number of bytes, a line feed, and them.

pub mod counters;
pub mod files;
pub mod libraries;
pub mod places;
pub mod report;
pub mod settings;
