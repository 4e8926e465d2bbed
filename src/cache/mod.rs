//! One token of one kind, shared by everybody who asks for it: single flight, cached, renewed
//! ahead of time. It never retries and never waits for its own sake; the slot paces it.

pub mod lease;
mod pacing;
mod runtime;
pub mod slot;
pub mod status;
#[cfg(test)]
mod tests;
mod waiting;

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use runtime::{FlightThread, spawn_wait};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::error::Error;
use crate::time::{Now, TimeLimit};
use lease::{Grant, Lease};
use slot::{Answer, Slot};
use status::{History, Life, Status};
use waiting::{Progress, Then, after_waiting, fallback_after, landing, out_of_patience};

/// Where tokens of one kind come from.
pub trait Source: Send + Sync + 'static {
    /// The kind of token.
    type Token: Clone + PartialEq + Send + Sync + 'static;

    /// What to do for a caller whose patience has ended while a token is on its way.
    fn advice_when_late(&self) -> String;

    /// Obtains a new token before `budget` ends, and says on the way why it has not got one yet.
    fn fetch(
        &self,
        budget: TimeLimit,
        on_failure: &(impl Fn(&Error) + Send + Sync),
    ) -> impl Future<Output = Result<Grant<Self::Token>, Error>> + Send;
}

/// The cache of one token. Shared by all threads of the process.
#[derive(Debug)]
pub struct TokenCache<S: Source> {
    source: S,
    thread: FlightThread,
    shared: Mutex<Shared<S::Token>>,
    /// The number of the lease in use; see [`TokenCache::current`].
    current: AtomicU64,
}

#[derive(Debug)]
struct Shared<T> {
    slot: Slot<T>,
    /// The latest flight, as its waiters see it.
    latest: watch::Receiver<Progress<T>>,
    history: History,
}

/// What a caller gets who does not wait.
#[derive(Debug)]
pub enum Ask<T> {
    /// This token.
    Serve(Lease<T>),
    /// There will be an answer: wait for [`TokenCache::lease`].
    Wait,
    /// This error.
    Refuse(Error),
}

impl<S: Source> TokenCache<S> {
    /// An empty cache whose flights run on `thread`.
    pub fn new(source: S, thread: FlightThread) -> Arc<TokenCache<S>> {
        TokenCache::with_slot(source, thread, Slot::default())
    }

    /// An empty cache that only flights of another cache ask, which run its own.
    pub fn unpaced(source: S) -> Arc<TokenCache<S>> {
        TokenCache::with_slot(source, FlightThread::Current, Slot::unpaced())
    }

    fn with_slot(source: S, thread: FlightThread, slot: Slot<S::Token>) -> Arc<TokenCache<S>> {
        let (_, latest) = watch::channel(Progress::Flying(None));
        let shared = Mutex::new(Shared { slot, latest, history: History::default() });
        Arc::new(TokenCache { source, thread, shared, current: AtomicU64::new(0) })
    }

    /// Where the tokens come from.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Where its flights run.
    pub fn thread(&self) -> FlightThread {
        self.thread
    }

    /// The number of the lease that is served without asking, zero if there is none. Takes no lock.
    pub fn current(&self) -> u64 {
        self.current.load(Ordering::Acquire)
    }

    /// The lease that can be served as things are, without beginning a renewal.
    pub fn glance(&self, now: Now) -> Option<Lease<S::Token>> {
        self.lock().slot.glance(now).cloned()
    }

    /// The lease in use, if it may still be handed out at all.
    pub fn usable(&self, now: Now) -> Option<Lease<S::Token>> {
        self.lock().slot.usable(now).cloned()
    }

    /// Whether nothing would be lost with it: no usable token, no flight, no pause.
    pub fn is_idle(&self, now: Now) -> bool {
        self.lock().slot.is_idle(now)
    }

    /// How it is doing. Asks nobody, and begins nothing.
    pub fn status(&self, now: Now) -> Status {
        let shared = self.lock();
        Status {
            life: shared.slot.usable(now).map(Life::from),
            is_fetching: shared.slot.is_fetching(),
            history: shared.history.clone(),
        }
    }

    /// Asks once for a token with `life` left, and launches a flight if one is due.
    pub fn ask(self: &Arc<Self>, now: Now, life: Duration) -> Ask<S::Token> {
        match self.ask_slot(now, life).0 {
            Answer::Serve(lease) => Ask::Serve(lease),
            Answer::ServeLater(_) | Answer::Join { .. } => Ask::Wait,
            Answer::Refuse(error) => Ask::Refuse(error),
        }
    }

    /// A usable lease with `life` left, before `patience` ends.
    ///
    /// # Errors
    ///
    /// The flight's, or `TIMEOUT` with the reason of the latest failed attempt; `on_failure` hears
    /// of each on the way.
    pub async fn lease(
        self: &Arc<Self>,
        patience: TimeLimit,
        life: Duration,
        on_failure: &(impl Fn(&Error) + Send + Sync),
    ) -> Result<Lease<S::Token>, Error> {
        loop {
            let now = Now::read();
            let (answer, flight) = self.ask_slot(now, life);
            let fallback = match answer {
                Answer::Serve(lease) | Answer::ServeLater(lease) => return Ok(lease),
                Answer::Refuse(error) => return Err(error),
                Answer::Join { fallback } => fallback,
            };
            let fallback_after = fallback.as_ref().map(|lease| fallback_after(lease, now));
            let wait = patience.remaining(now).min(fallback_after.unwrap_or(Duration::MAX));
            let landed = timeout(wait, landing(flight.clone(), on_failure)).await.ok();

            // Time has passed, perhaps a whole suspend, and the fallback may have been rejected
            // meanwhile: nothing is handed out unchecked.
            let now = Now::read();
            let fallback = fallback.and_then(|_| self.usable(now));
            match after_waiting(landed, fallback, patience, now) {
                Then::End(outcome) => return outcome,
                Then::GiveUp => {
                    let advice = self.source.advice_when_late();
                    return Err(out_of_patience(patience, &flight.borrow(), advice));
                }
                Then::AskAgain => {}
            }
        }
    }

    /// Has `token` replaced if it is the one in use.
    pub fn invalidate(&self, token: &S::Token) -> bool {
        let mut shared = self.lock();
        let is_in_use = shared.slot.invalidate(Now::read(), token);
        self.publish(&shared);
        is_in_use
    }

    /// Forgets whatever is held.
    pub fn forget(&self) {
        let mut shared = self.lock();
        shared.slot.forget();
        self.publish(&shared);
    }

    fn ask_slot(
        self: &Arc<Self>,
        now: Now,
        life: Duration,
    ) -> (Answer<S::Token>, watch::Receiver<Progress<S::Token>>) {
        let mut shared = self.lock();
        let asked = shared.slot.ask(now, life);
        let Some(number) = asked.launch else {
            return (asked.answer, shared.latest.clone());
        };
        let (progress, latest) = watch::channel(Progress::Flying(None));
        shared.latest = latest.clone();
        self.publish(&shared);
        drop(shared);
        // Only now that the slot is unlocked: a task dropped at once lands, and landing locks.
        Flight { cache: self.clone(), number, progress, has_landed: false }.launch();
        (asked.answer, latest)
    }

    fn publish(&self, shared: &Shared<S::Token>) {
        self.current.store(shared.slot.current(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Shared<S::Token>> {
        // A panic under this lock would be a bug of the slot's, whose states are whole at any time.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A flight under way. Dropped before it has landed, it lands `INTERRUPTED`.
struct Flight<S: Source> {
    cache: Arc<TokenCache<S>>,
    number: u64,
    progress: watch::Sender<Progress<S::Token>>,
    has_landed: bool,
}

impl<S: Source> Flight<S> {
    fn launch(mut self) {
        self.cache.thread.spawn(async move {
            let budget = TimeLimit::new(Now::read(), FLIGHT_BUDGET);
            let on_failure = |error: &Error| {
                self.cache.lock().history.attempt_failed(error, Now::read());
                self.progress.send_replace(Progress::Flying(Some(error.clone())));
            };
            let outcome = self.cache.source.fetch(budget, &on_failure).await;
            self.land(outcome);
        });
    }

    fn land(&mut self, outcome: Result<Grant<S::Token>, Error>) {
        self.has_landed = true;
        let jitter = fastrand::f64();
        let outcome = outcome.map(|grant| Lease::new(self.number, grant, jitter));
        let mut shared = self.cache.lock();
        let now = Now::read();
        let landed = shared.slot.land(now, self.number, outcome.clone(), jitter);
        shared.history.landed(landed, outcome.as_ref().err(), now);
        self.cache.publish(&shared);
        drop(shared);
        self.progress.send_replace(Progress::Landed(outcome));
    }
}

impl<S: Source> Drop for Flight<S> {
    fn drop(&mut self) {
        if !self.has_landed {
            self.land(Err(Error::interrupted()));
        }
    }
}

/// How long a flight may take with all its retries: outlasts a restart of the service's gateway.
const FLIGHT_BUDGET: Duration = Duration::from_secs(30);
