//! The threads of the process's own runtimes. They belong to the process, never to a JavaScript
//! environment, and each starts when it is first needed.
//!
//! Flights run apart from those who wait for them, and those to one workspace apart from those to
//! another: what a workspace sends can keep a thread busy for seconds at a time, during which none
//! of that thread's timers fires.

use std::future::Future;
use std::thread;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};
use tokio::task::AbortHandle;

/// Where flights run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlightThread {
    /// On the runtime of whoever launches them.
    Current,
    /// On the one of that number, below [`FlightThread::COUNT`].
    Own(usize),
}

impl FlightThread {
    /// How many threads of their own flights may have: a process with more workspaces has some
    /// that share one.
    pub const COUNT: usize = 16;

    /// Runs `task` to its end. Where no thread can be had the task is dropped, and whoever waits
    /// for it hears so.
    pub fn spawn(self, task: impl Future<Output = ()> + Send + 'static) {
        match self {
            FlightThread::Current => drop(Handle::current().spawn(task)),
            FlightThread::Own(number) => {
                let _ = spawn_on(&FLIGHTS[number], Builder::new_current_thread().enable_io(), task);
            }
        }
    }
}

/// Runs `task`, which waits for a flight and does nothing else, to its end, or until it is aborted.
/// Where no thread can be had the task is dropped.
pub fn spawn_wait(task: impl Future<Output = ()> + Send + 'static) -> Option<AbortHandle> {
    spawn_on(&WAITS, &mut Builder::new_current_thread(), task)
}

fn spawn_on(
    runtime: &'static OnceCell<Handle>,
    builder: &mut Builder,
    task: impl Future<Output = ()> + Send + 'static,
) -> Option<AbortHandle> {
    let own = runtime.get_or_try_init(|| start(builder)).ok();
    // Where there is no other thread to be had, one that runs already has to do.
    let handle = own.or_else(|| FLIGHTS.iter().find_map(OnceCell::get))?;
    Some(handle.spawn(task).abort_handle())
}

/// A runtime that lives as long as the process, on a thread of its own.
fn start(builder: &mut Builder) -> std::io::Result<Handle> {
    let runtime = builder
        .enable_time()
        .thread_name(THREAD_NAME)
        // Given, because the default is read from the environment on whatever thread comes first,
        // while JavaScript may be writing to it.
        .thread_stack_size(STACK_SIZE)
        .max_blocking_threads(MOST_BLOCKING_THREADS)
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name(THREAD_NAME.to_owned())
        .stack_size(STACK_SIZE)
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

static FLIGHTS: [OnceCell<Handle>; FlightThread::COUNT] =
    [const { OnceCell::new() }; FlightThread::COUNT];

static WAITS: OnceCell<Handle> = OnceCell::new();

/// At most 15 bytes, or Linux cuts it.
const THREAD_NAME: &str = "lakebase-token";

/// What Rust gives its threads; untouched pages cost nothing.
const STACK_SIZE: usize = 2 * 1024 * 1024;

/// Name lookups and files block a thread of their own; one that hangs must not stop the next.
const MOST_BLOCKING_THREADS: usize = 4;

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::super::lease::Grant;
    use super::super::{Source, TokenCache};
    use super::*;
    use crate::error::{Error, ErrorCode};
    use crate::time::{Now, TimeLimit};
    use crate::trip::Trip;

    /// Holds its thread until the other end lets go.
    struct Holding(std::sync::Mutex<mpsc::Receiver<()>>);

    struct Granting;

    impl Source for Holding {
        type Token = &'static str;

        fn advice_when_late(&self) -> String {
            "Wait longer.".to_owned()
        }

        async fn fetch(&self, _: &Trip) -> Result<Grant<&'static str>, Error> {
            let _ = self.0.lock().expect("nobody panics").recv();
            grant("late")
        }
    }

    impl Source for Granting {
        type Token = &'static str;

        fn advice_when_late(&self) -> String {
            "Wait longer.".to_owned()
        }

        async fn fetch(&self, _: &Trip) -> Result<Grant<&'static str>, Error> {
            grant("token-1")
        }
    }

    fn grant(token: &'static str) -> Result<Grant<&'static str>, Error> {
        Ok(Grant { token, from: Now::read(), lifetime: Duration::from_secs(3600) })
    }

    /// What somebody gets who waits for so long.
    fn wait<S: Source>(
        cache: std::sync::Arc<TokenCache<S>>,
        patience: Duration,
    ) -> mpsc::Receiver<Result<S::Token, Error>> {
        let (tell, told) = mpsc::channel();
        spawn_wait(async move {
            let patience = TimeLimit::new(Now::read(), patience);
            let lease = cache.lease(&Trip::unwatched(patience), Duration::ZERO).await;
            tell.send(lease.map(|lease| lease.token().clone())).expect("the test listens");
        });
        told
    }

    #[test]
    fn a_flight_that_holds_its_thread_delays_neither_who_waits_nor_another_workspace() {
        let (let_go, held) = mpsc::channel();
        let held = TokenCache::new(Holding(std::sync::Mutex::new(held)), FlightThread::Own(14));
        let healthy = TokenCache::new(Granting, FlightThread::Own(15));
        let impatient = wait(held.clone(), Duration::from_millis(20));
        let patient = wait(held, Duration::from_secs(600));
        let code = impatient.recv().expect("settled").map_err(|error| error.code);
        assert_eq!(code, Err(ErrorCode::Timeout));
        assert_eq!(wait(healthy, Duration::from_secs(600)).recv(), Ok(Ok("token-1")));
        drop(let_go);
        assert_eq!(patient.recv(), Ok(Ok("late")));
    }
}
