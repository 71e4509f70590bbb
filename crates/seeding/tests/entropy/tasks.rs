//! Tasks of pools: a thread that begins one draws from its stream, and so does what it starts.

use crate::chacha20;
use crate::derivation::{self, Key, derive};
use crate::layer::{KEY, Layer};

const TASK: Key = [7; 32];

fn hexadecimal(key: &Key, start: u64) -> String {
    let mut bytes = [0; 16];
    chacha20::fill(key, start, &mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_task_draws_from_its_own_stream_and_so_does_what_it_starts() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "task.c", &["-ldl"]);
    let draws = layer.first(KEY, &program, &[]);
    let drawn: Vec<&str> = draws.lines().collect();
    let own = derive(&TASK, "thread", 0);
    let expected = [
        // The task, and on in its stream after the fork and the thread.
        hexadecimal(&TASK, 0),
        hexadecimal(&derive(&TASK, "fork", 0), 0),
        hexadecimal(&own, 0),
        hexadecimal(&TASK, 16),
        // The task again, in the same thread and in another: its counts begin anew.
        hexadecimal(&TASK, 0),
        hexadecimal(&derive(&TASK, "fork", 0), 0),
        hexadecimal(&TASK, 0),
    ];
    assert_eq!(drawn[..expected.len()], expected);
    // What `system` starts is named by the key that the variable says, which is the task's in the first thread.
    assert_eq!(
        drawn[expected.len()],
        String::from_utf8_lossy(&derivation::write(&TASK))
    );
    assert_eq!(drawn.len(), expected.len() + 1);
}

#[test]
fn a_task_is_none_where_entropy_is_the_hosts() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "task.c", &["-ldl"]);
    let mut command = layer.command(KEY, &program);
    let draws = crate::layer::printed(command.env_remove("RESOW_ENTROPY"));
    assert_ne!(draws.lines().next(), Some(hexadecimal(&TASK, 0).as_str()));
}
