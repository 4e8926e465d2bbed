//! The threads of the process's own runtimes. They belong to the process, never to a JavaScript
//! environment, and each starts when it is first needed.
//!
//! Flights run apart from those who wait for them, and those to one workspace apart from those to
//! another: what a workspace sends can keep a thread busy for seconds at a time, during which none
//! of that thread's timers fires.

use std::io;
use std::pin::Pin;
use std::thread;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

use crate::error::Error;
use crate::shortage::Shortage;

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

    /// What runs tasks there, to their end.
    ///
    /// # Errors
    ///
    /// No thread can be had: `UNAVAILABLE`, with what there is none of.
    pub fn handle(self) -> Result<Handle, Error> {
        match self {
            FlightThread::Current => Ok(Handle::current()),
            FlightThread::Own(number) => {
                handle(&FLIGHTS[number], Builder::new_current_thread().enable_io())
            }
        }
    }
}

/// What runs tasks that wait for a flight and do nothing else, to their end.
///
/// # Errors
///
/// As those of [`FlightThread::handle`].
pub fn wait_handle() -> Result<Handle, Error> {
    handle(&WAITS, &mut Builder::new_current_thread())
}

/// Runs `task` to its end. Boxed, so that the binary has what runs one once.
pub fn run(thread: &Handle, task: Pin<Box<dyn Future<Output = ()> + Send>>) -> JoinHandle<()> {
    thread.spawn(task)
}

fn handle(runtime: &'static OnceCell<Handle>, builder: &mut Builder) -> Result<Handle, Error> {
    let error = match runtime.get_or_try_init(|| start(builder)) {
        Ok(handle) => return Ok(handle.clone()),
        Err(error) => error,
    };
    // Where there is no other thread to be had, one that runs already has to do.
    let another = FLIGHTS.iter().find_map(OnceCell::get).cloned();
    another.ok_or_else(|| match Shortage::told_by_start(&error) {
        Some(shortage) => shortage.into_error(),
        None => Error { cause: Some(error.to_string()), ..Error::interrupted() },
    })
}

/// A runtime that lives as long as the process, on a thread of its own. It has no blocking threads:
/// where none can be started tokio panics.
fn start(builder: &mut Builder) -> io::Result<Handle> {
    let runtime = builder.enable_time().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name(THREAD_NAME.to_owned())
        // Given, because the default is read from the environment on whatever thread comes first,
        // while JavaScript may be writing to it.
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::super::lease::Grant;
    use super::super::{Source, TokenCache};
    use super::*;
    use crate::error::ErrorCode;
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
        wait_handle().expect("a thread").spawn(async move {
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
