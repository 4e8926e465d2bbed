//! What waiting for a flight comes to.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::lease::Lease;
use crate::callers::Callers;
use crate::error::{Error, ErrorCode};
use crate::event::{Event, Progress};
use crate::time::{Now, TimeLimit};
use crate::trip::Reports;

/// A flight, as its waiters see it.
#[derive(Clone, Debug)]
pub struct Awaited<T> {
    /// How far it has come.
    pub(super) progress: watch::Receiver<Progress>,
    /// What it brought, set before its progress says that it has landed.
    pub(super) outcome: Arc<OnceLock<Result<Lease<T>, Error>>>,
    /// Who can be asked for what only a caller has.
    pub callers: Callers,
}

/// What a caller gets who has waited.
#[derive(Clone, Debug, PartialEq)]
pub struct Served<T> {
    /// The token.
    pub lease: Lease<T>,
    /// Whether it is the one from before the renewal that was waited for.
    pub is_fallback: bool,
    /// Why that renewal brought nothing, if it has failed already.
    pub error: Option<Box<Error>>,
}

/// How much of a flight has been passed on.
#[derive(Default)]
struct Heard {
    sent: u64,
    failed: u64,
}

/// What a caller does next who has waited.
#[derive(Debug, PartialEq)]
pub(super) enum Then<T> {
    /// Waits no more.
    End(Result<Served<T>, Error>),
    /// Waits no more, and tells why there is nothing yet.
    GiveUp,
    /// Asks the slot anew: what came is of no use any more.
    AskAgain,
}

/// What comes of a flight that has `landed`, or of the time that a caller gave it; `fallback` is what
/// may be handed out instead.
pub(super) fn after_waiting<T>(
    landed: Option<Result<Lease<T>, Error>>,
    fallback: Option<Lease<T>>,
    patience: TimeLimit,
    now: Now,
) -> Then<T> {
    match (landed, fallback) {
        (Some(Ok(lease)), _) if lease.is_usable(now) => Then::End(Ok(lease.into())),
        (Some(Err(error)), Some(lease)) => {
            Then::End(Ok(Served::instead(lease, Some(Box::new(error)))))
        }
        (None, Some(lease)) => Then::End(Ok(Served::instead(lease, None))),
        (Some(Err(error)), None) => Then::End(Err(error)),
        (Some(Ok(_)), _) | (None, None) if patience.is_past(now) => Then::GiveUp,
        (Some(Ok(_)), _) | (None, None) => Then::AskAgain,
    }
}

impl<T> Served<T> {
    fn instead(lease: Lease<T>, error: Option<Box<Error>>) -> Served<T> {
        Served { lease, is_fallback: true, error }
    }
}

impl<T> From<Lease<T>> for Served<T> {
    fn from(lease: Lease<T>) -> Served<T> {
        Served { lease, is_fallback: false, error: None }
    }
}

/// How long a caller who could have `lease` waits for something better.
pub(super) fn fallback_after<T>(lease: &Lease<T>, now: Now) -> Duration {
    CLOSING_PATIENCE.min(lease.usable_for(now) / 2)
}

impl<T> Awaited<T> {
    /// Whether it is the same flight.
    pub fn is(&self, other: &Awaited<T>) -> bool {
        Arc::ptr_eq(&self.outcome, &other.outcome)
    }

    /// No flight at all.
    pub(super) fn nothing() -> Awaited<T> {
        let (_, progress) = watch::channel(Progress::default());
        Awaited { progress, outcome: Arc::default(), callers: Callers::default() }
    }
}

impl<T: Clone> Awaited<T> {
    /// Resolves when the flight lands; `reports` hears of each attempt that fails before.
    pub(super) async fn landing(mut self, reports: &Reports) -> Result<Lease<T>, Error> {
        let mut heard = Heard::default();
        while !self.pass_on(&mut heard, reports) {
            if self.progress.changed().await.is_err() {
                break;
            }
        }
        self.outcome.get().cloned().unwrap_or_else(|| Err(Error::interrupted()))
    }

    /// Whether the flight has landed. What is new is passed on: its requests, and the latest that failed.
    fn pass_on(&mut self, heard: &mut Heard, reports: &Reports) -> bool {
        let progress = self.progress.borrow_and_update();
        for _ in heard.sent..progress.sent {
            reports.tell(Event::Sent);
        }
        let failed = progress.failed_attempt.as_ref();
        if let Some(attempt) = failed.filter(|_| progress.failed_attempts > heard.failed) {
            reports.tell(Event::AttemptFailed(attempt));
        }
        *heard = Heard { sent: progress.sent, failed: progress.failed_attempts };
        progress.has_landed
    }

    /// When the flight's access token expires, as soon as it has one; `None` where that is unknown,
    /// or there is no flight.
    ///
    /// # Errors
    ///
    /// The flight's, if it lands without one.
    pub(super) async fn authorized(mut self) -> Result<Option<SystemTime>, Error> {
        let is_told =
            |progress: &Progress| progress.authorized_until.is_some() || progress.has_landed;
        let Ok(progress) = self.progress.wait_for(is_told).await else { return Ok(None) };
        match (progress.authorized_until, &progress.failure) {
            (None, Some((_, error))) => Err(error.clone()),
            (until, _) => Ok(until),
        }
    }
}

/// The error of a caller whose patience has ended.
pub(super) fn out_of_patience(patience: TimeLimit, progress: &Progress, advice: String) -> Error {
    let waited = format!("No token within {} s", patience.length().as_secs_f64());
    match &progress.failure {
        Some((_, reason)) => Error {
            what: format!("{waited}: {}", reason.what),
            cause: reason.cause.clone(),
            code: ErrorCode::Timeout,
            ..reason.clone()
        }
        .advise(advice),
        None => Error::new(ErrorCode::Timeout, format!("{waited}: no answer yet"), advice),
    }
}

/// How long a caller waits for a renewal although a usable token is at hand.
const CLOSING_PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::super::lease::Grant;
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn lease(number: u64, from: Now) -> Lease<()> {
        Lease::new(number, Grant { token: (), from, lifetime: HOUR }, 0.0)
    }

    #[test]
    fn what_a_caller_does_next_depends_on_what_is_usable_and_on_its_patience() {
        let start = Now::read();
        let now = start.after(2 * HOUR);
        let (new, dead) = (lease(2, now), lease(1, start));
        let fallback = lease(1, start.after(HOUR + Duration::from_secs(60)));
        let error = Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.");
        let [patient, impatient] = [3 * HOUR, HOUR].map(|length| TimeLimit::new(start, length));
        let instead = |error| Served { lease: fallback.clone(), is_fallback: true, error };
        let outcomes = [Some(Ok(new.clone())), Some(Ok(dead)), Some(Err(error.clone())), None];
        for (landed, fallback, patience, then) in [
            (0, None, patient, Then::End(Ok(new.clone().into()))),
            (0, None, impatient, Then::End(Ok(new.clone().into()))),
            (0, Some(&fallback), patient, Then::End(Ok(new.clone().into()))),
            (1, None, patient, Then::AskAgain),
            (1, None, impatient, Then::GiveUp),
            (1, Some(&fallback), patient, Then::AskAgain),
            (2, None, patient, Then::End(Err(error.clone()))),
            (2, None, impatient, Then::End(Err(error.clone()))),
            (2, Some(&fallback), patient, Then::End(Ok(instead(Some(Box::new(error.clone())))))),
            (3, None, patient, Then::AskAgain),
            (3, None, impatient, Then::GiveUp),
            (3, Some(&fallback), patient, Then::End(Ok(instead(None)))),
            (3, Some(&fallback), impatient, Then::End(Ok(instead(None)))),
        ] {
            let next = after_waiting(outcomes[landed].clone(), fallback.cloned(), patience, now);
            assert_eq!(next, then, "{landed} {fallback:?} {patience:?}");
        }
    }
}
