//! The one thread on which flights run. It belongs to the process, never to a JavaScript
//! environment, and starts with the first flight.

use std::future::Future;
use std::thread;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};

/// Runs `task` to its end; on the caller's runtime when it is already on one.
///
/// When the thread cannot be started the task is dropped, and whoever waits for it hears so.
pub fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(handle) = Handle::try_current().or_else(|_| own_runtime().cloned()) {
        handle.spawn(task);
    }
}

fn own_runtime() -> std::io::Result<&'static Handle> {
    static RUNTIME: OnceCell<Handle> = OnceCell::new();
    RUNTIME.get_or_try_init(|| {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name(THREAD_NAME)
            // Given, because the default is read from the environment on whatever thread comes
            // first, while JavaScript may be writing to it.
            .thread_stack_size(STACK_SIZE)
            .max_blocking_threads(MAX_NAME_LOOKUPS)
            .build()?;
        let handle = runtime.handle().clone();
        thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        Ok(handle)
    })
}

/// At most 15 bytes, or Linux cuts it.
const THREAD_NAME: &str = "lakebase-token";

/// What Rust gives its threads; untouched pages cost nothing.
const STACK_SIZE: usize = 2 * 1024 * 1024;

/// Name lookups block a thread of their own; one that hangs must not stop the next.
const MAX_NAME_LOOKUPS: usize = 4;
