//! Access tokens that callers make possible: each gives what only its own context has, an ID token or an access
//! token itself.
//!
//! Whatever they give is used once. An access token is asked for anew for each Postgres token, so that it is as
//! young as it can be; the one before is there for a time when no caller has anything.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot::error::RecvError;
use tokio::time::timeout;

use super::federation::{Federation, default_audience};
use super::under_way::UnderWay;
use crate::cache::lease::Grant;
use crate::callers::{Asked, Caller};
use crate::config::labels::{IdentityLabels, Label};
use crate::errand::{Brought, Nothing, Outcome};
use crate::error::{Error, ErrorCode};
use crate::event::{Event, FailedAttempt, Wanted};
use crate::http::{Http, Who};
use crate::secret::AccessToken;
use crate::time::{Deadline, Now, TimeLimit};
use crate::trip::Trip;
use crate::wire::{LONGEST_LIFETIME, check_token};

/// The access tokens of those who share what their callers bring.
#[derive(Debug)]
pub(crate) struct OfCallers {
    http: Arc<Http>,
    gives: Gives,
    held: Mutex<Option<Held>>,
    asking: UnderWay,
}

/// What a caller gives.
#[derive(Debug)]
enum Gives {
    /// An ID token, for that audience.
    IdToken(Federation, String),
    AccessToken,
}

/// An access token that may be used again.
#[derive(Debug)]
struct Held {
    token: AccessToken,
    until: Deadline,
}

/// What callers are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Whom the ID token is to be for, if it is one.
    pub audience: Option<String>,
}

impl OfCallers {
    /// They give ID tokens for `audience`; without one for the token endpoint of the host.
    pub(super) fn id_tokens(
        http: Arc<Http>,
        client_id: Option<String>,
        audience: Option<String>,
    ) -> OfCallers {
        let audience = audience.unwrap_or_else(|| default_audience(&http));
        let gives = Gives::IdToken(Federation::new(http.clone(), client_id, None), audience);
        OfCallers { http, gives, held: Mutex::default(), asking: UnderWay::default() }
    }

    /// They give access tokens.
    pub(super) fn access_tokens(http: Arc<Http>) -> OfCallers {
        let (gives, held, asking) = (Gives::AccessToken, Mutex::default(), UnderWay::default());
        OfCallers { http, gives, held, asking }
    }

    pub(super) fn question(&self) -> Question {
        let audience = match &self.gives {
            Gives::IdToken(_, audience) => Some(audience.clone()),
            Gives::AccessToken => None,
        };
        Question { audience }
    }

    /// One, by what the callers of `trip` bring, or the one before; and the trip to go on with.
    pub(super) async fn obtain(&self, trip: &Trip) -> Result<(AccessToken, Trip), Error> {
        let token = match self.anew(trip).await {
            Ok(token) => token,
            Err(reason) => self.usable(Now::read()).ok_or(reason)?,
        };
        // What callers took was not the workspace's time.
        Ok((token, trip.begun_anew(Now::read())))
    }

    async fn anew(&self, trip: &Trip) -> Result<AccessToken, Error> {
        let brought = self.ask(trip).await?;
        let given_at = Now::read();
        let grant = match &self.gives {
            Gives::IdToken(federation, _) => {
                let exchanged =
                    federation.exchange(brought.token, &trip.begun_anew(given_at)).await;
                exchanged.map_err(|error| refused_at(Now::read(), error, given_at))?
            }
            Gives::AccessToken => {
                let token = AccessToken(brought.token);
                let Some(expires_at) = brought.expires_at else { return Ok(token) };
                let left = expires_at.duration_since(given_at.wall).unwrap_or_default();
                Grant { token, from: given_at, lifetime: left.min(LONGEST_LIFETIME) }
            }
        };
        trip.reports.tell(Event::Authorized { until: grant.from.wall + grant.lifetime });
        Ok(self.hold(grant))
    }

    /// What the first of the callers brings who has something. Each is asked in its turn; where one takes long, the next
    /// one is asked as well.
    async fn ask(&self, trip: &Trip) -> Result<Brought, Error> {
        let _asking = self.asking.begin();
        let (mut asked, mut reason, mut number) = (Vec::new(), None, 0);
        loop {
            if let Some(next) = trip.callers.ask() {
                asked.push((next, TimeLimit::new(Now::read(), PATIENCE)));
            }
            if asked.is_empty() {
                return Err(reason.unwrap_or_else(|| self.error(self.nobody())));
            }
            let Some((caller, outcome)) = next_outcome(&mut asked).await else { continue };
            let nothing = match outcome {
                Some(Ok(brought)) => match self.check(&brought) {
                    Ok(()) => {
                        trip.callers.keep(caller);
                        return Ok(brought);
                    }
                    Err(nothing) => nothing,
                },
                Some(Err(nothing)) => nothing,
                None => self.slow(),
            };
            let error = reason.insert(self.error(nothing)).clone();
            number += 1;
            let (at, wanted) = (Now::read().wall, Wanted::AccessToken);
            let attempt = FailedAttempt { at, error, wanted, number, retry_at: None };
            trip.reports.tell(Event::AttemptFailed(&attempt));
        }
    }

    fn check(&self, Brought { token, expires_at }: &Brought) -> Result<(), Nothing> {
        let label = self.label();
        let unusable = |how: &str| Nothing {
            what: format!("{} of {label} is one {how}", capitalized(self.what())),
            advice: format!("Check what {label} gives"),
            said: None,
            passes: false,
        };
        check_token(token.expose()).map_err(unusable)?;
        match expires_at {
            Some(moment) if *moment <= Now::read().wall => Err(unusable("that is already expired")),
            Some(_) | None => Ok(()),
        }
    }

    fn nobody(&self) -> Nothing {
        Nothing {
            what: format!("Nobody is left who could be asked for {}", self.what()),
            advice: "Try again".to_owned(),
            said: None,
            passes: true,
        }
    }

    /// What to do for a caller whose patience has ended while others are asked.
    pub(super) fn advice_when_asking(&self) -> Option<String> {
        self.asking.is().then(|| format!("See what {} waits for.", self.label()))
    }

    fn slow(&self) -> Nothing {
        let (label, seconds) = (self.label(), PATIENCE.as_secs());
        Nothing {
            what: format!("There is no answer of {label} within {seconds} s"),
            advice: format!("See what {label} waits for"),
            said: None,
            passes: true,
        }
    }

    fn error(&self, nothing: Nothing) -> Error {
        let what = nothing.in_words();
        let Nothing { advice, said, passes, .. } = nothing;
        let error = Error::new(ErrorCode::IdentityUnavailable, what, format!("{advice}."));
        Error { cause: said, lasts: !passes, is_of_callers: true, ..error }
    }

    fn hold(&self, Grant { token, from, lifetime }: Grant<AccessToken>) -> AccessToken {
        let use_for = lifetime.saturating_sub(TOO_LATE);
        let held = Held { token: token.clone(), until: Deadline::new(from, use_for) };
        self.lock().replace(held);
        token
    }

    fn usable(&self, now: Now) -> Option<AccessToken> {
        let mut held = self.lock();
        held.take_if(|held| held.until.is_past(now));
        held.as_ref().map(|held| held.token.clone())
    }

    /// The workspace has refused `token`.
    pub(super) fn reject(&self, token: &AccessToken) {
        self.lock().take_if(|held| held.token == *token);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to do where its tokens are refused, for what `who` says.
    pub(super) fn advice(&self, who: &Who) -> String {
        match (&self.gives, who) {
            (Gives::IdToken(federation, _), _) => federation.advice(who),
            (Gives::AccessToken, Who::Scopes(_)) => {
                format!("Have {} ask for tokens with the scope postgres.", self.label())
            }
            (Gives::AccessToken, Who::Identity | Who::Entra | Who::PersonalTokens) => format!(
                "Check that {} returns tokens of {}, and of somebody who belongs to it.",
                self.label(),
                self.http.labels().host
            ),
        }
    }

    /// What callers are asked for.
    fn what(&self) -> &'static str {
        match self.gives {
            Gives::IdToken(..) => "an ID token",
            Gives::AccessToken => "an access token",
        }
    }

    fn label(&self) -> &Label {
        let IdentityLabels { proof, .. } = &self.http.labels().identity;
        proof
    }
}

/// What one of `asked` has come to, which is then asked no more: no outcome if it took too long. Nothing at all if it is time
/// to ask another one, or if the thread of one has ended.
async fn next_outcome(asked: &mut Vec<(Asked, TimeLimit)>) -> Option<(Caller, Option<Outcome>)> {
    let now = Now::read();
    let soonest = asked.iter().map(|(_, limit)| limit.remaining(now)).min().unwrap_or_default();
    let outcome = timeout(soonest.min(LONG), poll_fn(|context| poll_any(asked, context))).await;
    let (place, outcome) = match outcome {
        Ok((place, outcome)) => (place, outcome.map(Some)),
        Err(_) => {
            let now = Now::read();
            (asked.iter().position(|(_, limit)| limit.is_past(now))?, Ok(None))
        }
    };
    let (Asked { caller, .. }, _) = asked.remove(place);
    outcome.ok().map(|outcome| (caller, outcome))
}

fn poll_any(
    asked: &mut [(Asked, TimeLimit)],
    context: &mut Context<'_>,
) -> Poll<(usize, Result<Outcome, RecvError>)> {
    for (place, (one, _)) in asked.iter_mut().enumerate() {
        if let Poll::Ready(outcome) = Pin::new(&mut one.answer).poll(context) {
            return Poll::Ready((place, outcome));
        }
    }
    Poll::Pending
}

/// An exchange's error. What was given long ago may have died meanwhile, on a machine that stood still perhaps: that
/// tells nothing of what the next caller has.
fn refused_at(now: Now, error: Error, given_at: Now) -> Error {
    Error { is_of_callers: now.since(given_at) > FROZEN, ..error }
}

/// "An ID token" and the like, as a sentence begins.
fn capitalized(what: &str) -> String {
    what.replacen('a', "A", 1)
}

/// The name of the way with access tokens.
pub(super) const KIND: &str = "access-token";

/// After so long the next caller is asked as well.
const LONG: Duration = Duration::from_secs(2);

/// How long each caller has: less than the nine seconds that it waits itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// No exchange takes so long on a machine that goes on.
const FROZEN: Duration = Duration::from_secs(30);

/// With less left an access token is not used again: Azure refuses those with less than 30 s.
const TOO_LATE: Duration = Duration::from_secs(40);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_after_a_standstill_is_nobodys_pause() {
        let given_at = Now::read();
        let refused = |now| {
            let error = Error::new(ErrorCode::Unauthenticated, "It is refused", "Check it.");
            refused_at(now, error, given_at).is_of_callers
        };
        assert!(!refused(given_at.after(Duration::from_secs(29))));
        assert!(refused(given_at.after(Duration::from_secs(31))));
        // The monotonic clock stood still with the machine.
        let woken = Now { wall: given_at.wall + Duration::from_secs(3600), ..given_at };
        assert!(refused(woken));
    }
}
