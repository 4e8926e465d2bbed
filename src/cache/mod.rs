//! One token of one kind, shared by all callers: single flight, cached, renewed ahead of time. It never
//! repeats a request; the slot paces it.

mod answer;
pub mod lease;
mod pacing;
mod runtime;
pub mod slot;
mod source;
mod state;
pub mod status;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub use runtime::{FlightThread, run, wait_handle};
pub use source::Source;
use tokio::time::timeout;
pub use waiting::{Awaited, Served};

use crate::callers::Callers;
use crate::error::Error;
use crate::event::{Event, History, Life, Reason};
use crate::time::{Now, TimeLimit};
use crate::trip::{Observer, Reports, Trip, Watch};
use lease::{Grant, Lease};
use slot::{Answer, Launch, Slot};
use status::Status;
use waiting::{Then, after_waiting, fallback_after, out_of_patience};

/// The cache of one token. Shared by all threads of the process.
#[derive(Debug)]
pub struct TokenCache<S: Source> {
    source: S,
    thread: FlightThread,
    shared: Mutex<Shared<S::Token>>,
    /// Never locked before `shared` is, if both are.
    history: Arc<Mutex<History>>,
    /// The number of the lease in use; see [`TokenCache::current`].
    current: AtomicU64,
}

#[derive(Debug)]
struct Shared<T> {
    slot: Slot<T>,
    latest: Awaited<T>,
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
        let shared = Mutex::new(Shared { slot, latest: Awaited::nothing() });
        let (history, current) = (Arc::default(), AtomicU64::new(0));
        Arc::new(TokenCache { source, thread, shared, history, current })
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
    #[inline(always)]
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
            history: self.history().clone(),
        }
    }

    /// Asks once for a token with `life` left. Who gets no token and no error waits for
    /// [`TokenCache::lease_after`].
    pub fn ask(self: &Arc<Self>, now: Now, life: Duration) -> Begun<S> {
        let mut shared = self.lock();
        let asked = shared.slot.ask(now, life);
        let flight = asked.launch.map(|launch| {
            let (reports, progress) = Reports::new(self.history.clone());
            let callers = Callers::default();
            shared.latest = Awaited { progress, outcome: Arc::default(), callers };
            self.publish(&shared);
            let (cache, awaited) = (self.clone(), shared.latest.clone());
            Flight { cache, begun: now.wall, launch, reports, awaited }
        });
        Begun { answer: asked.answer, joined: shared.latest.clone(), flight }
    }

    /// When the access token of the latest flight expires, as soon as that flight has one; `None`
    /// where that is unknown, or nothing has been asked yet.
    ///
    /// # Errors
    ///
    /// The flight's, if it lands without one.
    pub async fn authorized(&self) -> Result<Option<SystemTime>, Error> {
        let latest = self.lock().latest.clone();
        latest.authorized().await
    }

    /// A usable lease with `life` left, within the budget of `trip`.
    ///
    /// # Errors
    ///
    /// The flight's, or `TIMEOUT` with the latest failed attempt's reason; `trip` hears of each.
    pub async fn lease(
        self: &Arc<Self>,
        trip: &Trip,
        life: Duration,
    ) -> Result<Lease<S::Token>, Error> {
        self.lease_after(None, trip, life).await.map(|served| served.lease)
    }

    /// The same for somebody who has asked already, and was given that answer and that flight.
    ///
    /// # Errors
    ///
    /// As those of [`TokenCache::lease`].
    pub async fn lease_after(
        self: &Arc<Self>,
        mut told: Option<Told<S::Token>>,
        trip: &Trip,
        life: Duration,
    ) -> Result<Served<S::Token>, Error> {
        let patience = trip.budget;
        loop {
            let now = Now::read();
            if patience.is_past(now) {
                return self.without_asking(patience, now).map(Served::from);
            }
            let (answer, flight) = told
                .take()
                .unwrap_or_else(|| self.ask(now, life).without_callers(trip.watch.as_ref()));
            let fallback = match answer {
                Answer::Serve(lease) | Answer::ServeLater(lease) if lease.is_usable(now) => {
                    return Ok(lease.into());
                }
                // It was told before, and took long to get here.
                Answer::Serve(_) | Answer::ServeLater(_) => continue,
                Answer::Refuse(error) => return Err(error),
                Answer::Join { fallback } => fallback,
            };
            let fallback_after = fallback.as_ref().map(|lease| fallback_after(lease, now));
            let wait = patience.remaining(now).min(fallback_after.unwrap_or(Duration::MAX));
            let landed = timeout(wait, flight.clone().landing(&trip.reports)).await.ok();

            // Time has passed, perhaps a whole suspend, and the fallback may have been rejected
            // meanwhile: nothing is handed out unchecked.
            let now = Now::read();
            let fallback = fallback.and_then(|_| self.usable(now));
            match after_waiting(landed, fallback, patience, now) {
                Then::End(outcome) => {
                    let is_fallback = outcome.as_ref().is_ok_and(|served| served.is_fallback);
                    self.fell_back(u64::from(is_fallback));
                    return outcome;
                }
                Then::GiveUp => return Err(self.give_up(patience, &flight)),
                Then::AskAgain => {}
            }
        }
    }

    /// So many more callers got the lease of before, with the one who waited for them.
    pub fn fell_back(&self, callers: u64) {
        self.history().fallbacks += callers;
    }

    /// What there is for somebody who comes when its patience has ended: nobody would be there for
    /// what a flight of its own brings.
    fn without_asking(&self, patience: TimeLimit, now: Now) -> Result<Lease<S::Token>, Error> {
        let latest = self.lock().latest.clone();
        match (self.usable(now), latest.outcome.get()) {
            (Some(lease), _) => Ok(lease),
            (None, Some(Err(error))) => Err(error.clone()),
            (None, Some(Ok(_)) | None) => Err(self.give_up(patience, &latest)),
        }
    }

    fn give_up(&self, patience: TimeLimit, flight: &Awaited<S::Token>) -> Error {
        let advice = self.source.advice_when_late();
        out_of_patience(patience, &flight.progress.borrow(), advice)
    }

    /// Has `token` replaced if it is the one in use: what there is to say of that.
    pub fn invalidate(&self, token: &S::Token) -> Option<Rejected> {
        let mut shared = self.lock();
        let (life, number) = (shared.slot.life(), shared.slot.current());
        let is_in_use = shared.slot.invalidate(Now::read(), token);
        self.publish(&shared);
        // One that is served still was refused before.
        let is_news = is_in_use && number != 0;
        self.history().rejections += u64::from(is_news);
        life.filter(|_| is_in_use).map(|life| Rejected { life, is_news })
    }

    /// Forgets whatever is held.
    pub fn forget(&self) {
        let mut shared = self.lock();
        shared.slot.forget();
        self.publish(&shared);
    }

    fn publish(&self, shared: &Shared<S::Token>) {
        self.current.store(shared.slot.current(), Ordering::Release);
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Shared<S::Token>> {
        // A panic under this lock would be a bug of the slot's, whose states are whole at any time.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token that was in use and is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its life.
    pub life: Life,
    /// Whether nobody has said so before.
    pub is_news: bool,
}

/// What a caller was told: the answer, and the latest flight.
pub type Told<T> = (Answer<T>, Awaited<T>);

/// What a caller gets who has asked.
pub struct Begun<S: Source> {
    /// The answer.
    pub answer: Answer<S::Token>,
    /// The latest flight.
    pub joined: Awaited<S::Token>,
    /// The same, if it is the caller's to launch.
    pub flight: Option<Flight<S>>,
}

impl<S: Source> Begun<S> {
    /// Launches the flight, if there is one, without anybody that it could ask.
    fn without_callers(self, watch: Option<&Watch>) -> Told<S::Token> {
        if let Some(mut flight) = self.flight {
            if let Some(watch) = watch {
                flight.observed_by(watch.observer(flight.begun, flight.reason()));
            }
            flight.launch();
        }
        (self.answer, self.joined)
    }
}

/// A flight under way. Dropped before it has landed, it lands `INTERRUPTED`.
pub struct Flight<S: Source> {
    cache: Arc<TokenCache<S>>,
    begun: SystemTime,
    launch: Launch,
    reports: Reports,
    awaited: Awaited<S::Token>,
}

impl<S: Source> Flight<S> {
    /// When it was asked for.
    pub fn begun(&self) -> SystemTime {
        self.begun
    }

    /// Why it is launched.
    pub fn reason(&self) -> Reason {
        self.launch.reason
    }

    /// `observer` hears of all that happens to it.
    pub fn observed_by(&mut self, observer: Observer) {
        self.reports.observed_by(observer);
    }

    /// Lets it go.
    pub fn launch(self) {
        let Ok(thread) = self.cache.thread.handle().map_err(|reason| self.land(Err(reason))) else {
            return;
        };
        runtime::run(
            &thread,
            Box::pin(async move {
                let budget = TimeLimit::new(Now::read(), FLIGHT_BUDGET);
                let (reports, callers) = (self.reports.clone(), self.awaited.callers.clone());
                let reason = self.reason();
                let trip = Trip { budget, reason, reports, callers, watch: None };
                self.land(self.cache.source.fetch(&trip).await);
            }),
        );
    }

    fn land(&self, outcome: Result<Grant<S::Token>, Error>) {
        let jitter = fastrand::f64();
        let outcome = outcome.map(|grant| Lease::new(self.launch.flight, grant, jitter));
        let outcome = self.awaited.outcome.get_or_init(|| outcome);
        let mut shared = self.cache.lock();
        let now = Now::read();
        let landed = shared.slot.land(now, self.launch.flight, outcome.clone(), jitter);
        self.cache.publish(&shared);
        let (at, error) = (now.wall, outcome.as_ref().err());
        let (life, retry_at) = (shared.slot.life(), shared.slot.retry_at());
        // Still locked: whoever finds the token in the slot finds it in the history.
        self.reports.tell(Event::Landed { at, landed, error, life, retry_at });
        drop(shared);
        self.awaited.callers.close();
    }
}

impl<S: Source> Drop for Flight<S> {
    fn drop(&mut self) {
        if self.awaited.outcome.get().is_none() {
            self.land(Err(Error::interrupted()));
        }
    }
}

/// How long a flight may take with all its retries: outlasts a restart of the service's gateway.
const FLIGHT_BUDGET: Duration = Duration::from_secs(30);
