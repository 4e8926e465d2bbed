//! What waiting for a flight comes to.

use std::time::Duration;

use tokio::sync::watch;

use super::lease::Lease;
use crate::error::{Error, ErrorCode};
use crate::time::{Now, TimeLimit};

/// What the waiters of a flight know about it.
#[derive(Clone, Debug)]
pub enum Progress<T> {
    /// It is under way; the reason why it has not landed yet, if an attempt has failed.
    Flying(Option<Error>),
    /// It has landed, with this.
    Landed(Result<Lease<T>, Error>),
}

/// What a caller does next who has waited.
#[derive(Debug, PartialEq)]
pub enum Then<T> {
    /// Waits no more.
    End(Result<Lease<T>, Error>),
    /// Waits no more, and tells why there is nothing yet.
    GiveUp,
    /// Asks the slot anew: what came is of no use any more.
    AskAgain,
}

/// What comes of a flight that has `landed`, or of the time that a caller gave it; `fallback` is what
/// may be handed out instead.
pub fn after_waiting<T>(
    landed: Option<Result<Lease<T>, Error>>,
    fallback: Option<Lease<T>>,
    patience: TimeLimit,
    now: Now,
) -> Then<T> {
    match (landed, fallback) {
        (Some(Ok(lease)), _) if lease.is_usable(now) => Then::End(Ok(lease)),
        (Some(Err(_)) | None, Some(lease)) => Then::End(Ok(lease)),
        (Some(Err(error)), None) => Then::End(Err(error)),
        (Some(Ok(_)), _) | (None, None) if patience.is_past(now) => Then::GiveUp,
        (Some(Ok(_)), _) | (None, None) => Then::AskAgain,
    }
}

/// How long a caller who could have `lease` waits for something better.
pub fn fallback_after<T>(lease: &Lease<T>, now: Now) -> Duration {
    CLOSING_PATIENCE.min(lease.usable_for(now) / 2)
}

/// Resolves when `flight` lands; `on_failure` hears of each attempt that fails before.
pub async fn landing<T: Clone>(
    mut flight: watch::Receiver<Progress<T>>,
    on_failure: &(impl Fn(&Error) + Send + Sync),
) -> Result<Lease<T>, Error> {
    loop {
        match &*flight.borrow_and_update() {
            Progress::Landed(outcome) => return outcome.clone(),
            Progress::Flying(Some(error)) => on_failure(error),
            Progress::Flying(None) => {}
        }
        if flight.changed().await.is_err() {
            return Err(Error::interrupted());
        }
    }
}

/// The error of a caller whose patience has ended.
pub fn out_of_patience<T>(patience: TimeLimit, progress: &Progress<T>, advice: String) -> Error {
    let waited = format!("No token within {} s", patience.length().as_secs_f64());
    match progress {
        Progress::Flying(Some(reason)) | Progress::Landed(Err(reason)) => Error {
            what: format!("{waited}: {}", reason.what),
            cause: reason.cause.clone(),
            code: ErrorCode::Timeout,
            ..reason.clone()
        }
        .advise(advice),
        Progress::Flying(None) | Progress::Landed(Ok(_)) => {
            Error::new(ErrorCode::Timeout, format!("{waited}: no answer yet"), advice)
        }
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
        let outcomes = [Some(Ok(new.clone())), Some(Ok(dead)), Some(Err(error.clone())), None];
        for (landed, fallback, patience, then) in [
            (0, None, patient, Then::End(Ok(new.clone()))),
            (0, None, impatient, Then::End(Ok(new.clone()))),
            (0, Some(&fallback), patient, Then::End(Ok(new.clone()))),
            (1, None, patient, Then::AskAgain),
            (1, None, impatient, Then::GiveUp),
            (1, Some(&fallback), patient, Then::AskAgain),
            (2, None, patient, Then::End(Err(error.clone()))),
            (2, None, impatient, Then::End(Err(error.clone()))),
            (2, Some(&fallback), patient, Then::End(Ok(fallback.clone()))),
            (3, None, patient, Then::AskAgain),
            (3, None, impatient, Then::GiveUp),
            (3, Some(&fallback), patient, Then::End(Ok(fallback.clone()))),
            (3, Some(&fallback), impatient, Then::End(Ok(fallback.clone()))),
        ] {
            let next = after_waiting(outcomes[landed].clone(), fallback.cloned(), patience, now);
            assert_eq!(next, then, "{landed} {fallback:?} {patience:?}");
        }
    }
}
