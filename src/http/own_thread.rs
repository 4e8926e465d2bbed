//! Threads for what blocks: a read of a disk that does not answer, a name server that is silent.
//!
//! Not the runtime's blocking threads: where none can be started tokio panics.

use std::io;
use std::thread;

/// Runs `task` to its end on a thread of its own, called `name`.
///
/// # Errors
///
/// The process has as many threads as it may have.
pub(super) fn run(name: &str, task: impl FnOnce() + Send + 'static) -> io::Result<()> {
    debug_assert!(name.len() <= LONGEST_NAME);
    // The size of the stack is given, because the default is read from the environment while
    // JavaScript may be writing to it.
    thread::Builder::new().name(name.to_owned()).stack_size(STACK_SIZE).spawn(task).map(drop)
}

/// What Linux shows of a thread's name.
const LONGEST_NAME: usize = 15;

/// Of whatever looks names up on this system it is not known what it needs; untouched pages cost nothing.
const STACK_SIZE: usize = 2 * 1024 * 1024;
