//! A Postgres token by way of a store, if there is one: one process of a fleet mints it, the others find it.
//!
//! Whatever goes wrong there, a token is minted as without it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::cache;
use crate::cache::lease::Grant;
use crate::config::labels::Labels;
use crate::config::{Config, Identity};
use crate::error::{Error, ErrorCode};
use crate::event::Reason;
use crate::identity;
use crate::secret::PostgresToken;
use crate::store::{Counts, Entry, Seen, Talk, Want};
use crate::time::{Now, TimeLimit};

/// An entry of a store, and what came from here of late.
#[derive(Debug)]
pub(crate) struct Shared {
    entry: Arc<Entry>,
    last: Mutex<Option<Last>>,
}

/// The latest token that was obtained.
#[derive(Clone, Debug)]
struct Last {
    grant: Grant<PostgresToken>,
    is_found: bool,
}

/// What came of asking the store.
pub(super) enum Consulted {
    Found(Grant<PostgresToken>),
    /// It is this process that has to mint one. With the conversation to put it into, if that goes on.
    Mint(Option<Talk>),
    /// Another process renews it, and there is one meanwhile.
    Later,
}

impl Shared {
    /// What `config` says of one.
    pub(super) fn of(config: &Config, labels: &Labels) -> Option<Shared> {
        let store = config.store.clone()?;
        let network = labels.store.as_ref().map(|store| store.network.clone()).unwrap_or_default();
        let entry = Arc::new(Entry::new(store, network, &decides(config)));
        Some(Shared { entry, last: Mutex::default() })
    }

    /// What came of asking it so far.
    pub(crate) fn counts(&self) -> Counts {
        self.entry.counts()
    }

    /// Whether the token that was asked for then was found there.
    pub(crate) fn has_found(&self, issued_at: SystemTime) -> bool {
        self.last().is_some_and(|last| last.is_found && last.grant.from.wall == issued_at)
    }

    /// Writes there, and reads it again: whether a token is there.
    pub(crate) async fn try_out(&self) -> Result<bool, String> {
        let (mut talk, seen) = self.entry.open(step()).await?;
        self.entry.try_out(&mut talk).await?;
        Ok(seen.grant.is_some())
    }

    fn last(&self) -> Option<Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, grant: &Grant<PostgresToken>, is_found: bool) {
        let last = Last { grant: grant.clone(), is_found };
        self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(last);
    }

    /// Asks for a token, for that reason; of one that is found it is the latest.
    pub(super) async fn consult(&self, reason: Reason) -> Consulted {
        if self.entry.is_left_alone(Now::read()) {
            return Consulted::Mint(None);
        }
        let consulted = self.ask(reason).await.unwrap_or_else(|why| {
            self.entry.failed(why);
            Consulted::Mint(None)
        });
        if let Consulted::Found(grant) = &consulted {
            self.remember(grant, true);
        }
        consulted
    }

    async fn ask(&self, reason: Reason) -> Result<Consulted, String> {
        let (mut talk, seen) = self.entry.open(step()).await?;
        let found = self.found(seen, reason);
        self.entry.was_asked(found.is_some());
        if let Some(grant) = found {
            return Ok(Consulted::Found(grant));
        }
        if self.entry.ask(&mut talk, Want::Claim).await?.is_claimed {
            return Ok(Consulted::Mint(Some(talk)));
        }
        self.wait_for_another(talk, reason).await
    }

    /// Somebody mints it. What there is meanwhile is served on; who has nothing, or soon, takes over from one that is gone.
    async fn wait_for_another(&self, mut talk: Talk, reason: Reason) -> Result<Consulted, String> {
        let now = Now::read();
        let is_lasting = self.last().is_some_and(|last| left(&last.grant, now) > ENOUGH);
        let is_at_hand = reason == Reason::Renewal && is_lasting;
        let (want, patience) = match is_at_hand {
            true => (Want::Token, RENEWAL_PATIENCE),
            false => (Want::Both, PATIENCE),
        };
        let patience = TimeLimit::new(now, patience);
        let mut pause = if is_at_hand { LONGEST_PAUSE / 2 } else { FIRST_PAUSE };
        while !patience.is_past(Now::read()) {
            sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            talk.go_on(step());
            let seen = self.entry.ask(&mut talk, want).await?;
            let is_claimed = seen.is_claimed;
            if let Some(grant) = self.found(seen, reason) {
                self.entry.was_asked(true);
                return Ok(Consulted::Found(grant));
            }
            if is_claimed {
                return Ok(Consulted::Mint(Some(talk)));
            }
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
        Ok(if is_at_hand { Consulted::Later } else { Consulted::Mint(Some(talk)) })
    }

    fn found(&self, seen: Seen, reason: Reason) -> Option<Grant<PostgresToken>> {
        let last = self.last().map(|last| last.grant);
        seen.grant.filter(|grant| serves(grant, last.as_ref(), reason, Now::read()))
    }

    /// A token was minted for all. Nobody waits until they find it.
    pub(super) fn put(&self, talk: Option<Talk>, grant: &Grant<PostgresToken>) {
        self.remember(grant, false);
        let Some(mut talk) = talk else { return };
        let (entry, grant) = (self.entry.clone(), grant.clone());
        cache::run(
            &Handle::current(),
            Box::pin(async move {
                talk.go_on(step());
                if let Err(why) = entry.put(&mut talk, &grant).await {
                    entry.failed(why);
                }
            }),
        );
    }
}

/// Whether a token that was found serves whoever asks for that reason, and had `last` before.
fn serves(
    found: &Grant<PostgresToken>,
    last: Option<&Grant<PostgresToken>>,
    reason: Reason,
    now: Now,
) -> bool {
    let own = match last {
        // The very one that Postgres refused, or that is to be renewed.
        Some(last) if last.token == found.token => return false,
        Some(last) if reason != Reason::Rejected => left(last, now),
        Some(_) | None => Duration::ZERO,
    };
    let left = left(found, now);
    left >= ENOUGH.min(found.lifetime / 2) && left > own + found.lifetime / 60
}

/// How long the token lives from now on.
fn left(grant: &Grant<PostgresToken>, now: Now) -> Duration {
    grant.lifetime.saturating_sub(now.since(grant.from))
}

/// All that decides a token, and nothing else: whoever says the same here may have the same token.
fn decides(config: &Config) -> Vec<u8> {
    let Config { host, workspace_id, endpoint, identity, lifetime, claims, .. } = config;
    let (audience, scopes) = match identity {
        Identity::ClientCredentials { scopes, .. } => (&None, scopes),
        Identity::Federation { audience, scopes, .. } => (audience, scopes),
        Identity::IdTokensOfCallers { audience, .. } => (audience, &None),
        Identity::GivenToken(_)
        | Identity::AccessTokensOfCallers { .. }
        | Identity::DatabricksCli(_) => (&None, &None),
    };
    let lifetime_ms = lifetime.map(|lifetime| lifetime.as_millis() as u64);
    serde_json::json!([
        host.as_str(),
        workspace_id,
        endpoint,
        identity::kind(identity),
        identity.client_id(),
        audience,
        scopes,
        lifetime_ms,
        claims,
    ])
    .to_string()
    .into_bytes()
}

fn step() -> TimeLimit {
    TimeLimit::new(Now::read(), STEP)
}

pub(super) fn later() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Another process renews the token, and has not put it into the store yet",
        "It is looked for again in a moment.",
    )
}

/// How long a store may take until it has answered what is asked first, and each time after that.
const STEP: Duration = Duration::from_secs(1);

/// How long a token that is found has to live at least: as long as callers wait for no renewal.
const ENOUGH: Duration = Duration::from_secs(2 * 60);

/// More than the life of a claim: whoever claimed it may be gone.
const PATIENCE: Duration = Duration::from_secs(3);

/// While there is a token that lasts nobody is in a hurry.
const RENEWAL_PATIENCE: Duration = Duration::from_secs(10);

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const REASONS: [Reason; 5] =
        [Reason::First, Reason::Renewal, Reason::Expired, Reason::Rejected, Reason::MoreLife];

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    /// A token of an hour that has `left` of it at `now`.
    fn token(name: &str, left: Duration, now: Now) -> Grant<PostgresToken> {
        let token = PostgresToken(Secret::new(name.to_owned()));
        Grant { token, from: now.before(HOUR - left), lifetime: HOUR }
    }

    #[test]
    fn who_has_nothing_takes_what_lives_for_two_minutes() {
        let now = Now::read();
        for reason in [Reason::First, Reason::Expired, Reason::Rejected] {
            assert!(serves(&token("found", minutes(2), now), None, reason, now));
            let shorter = minutes(2) - Duration::from_millis(1);
            assert!(!serves(&token("found", shorter, now), None, reason, now));
        }
        let short = Grant { lifetime: minutes(2), ..token("found", HOUR, now) };
        assert!(serves(&short, None, Reason::First, now.after(minutes(1))));
        assert!(!serves(&short, None, Reason::First, now.after(minutes(1) + minutes(1) / 60)));
    }

    #[test]
    fn the_token_of_before_never_serves_again() {
        let now = Now::read();
        // Another process may tell of more life.
        let (found, last) = (token("same", HOUR, now), token("same", minutes(10), now));
        for reason in REASONS {
            assert!(!serves(&found, Some(&last), reason, now), "{reason:?}");
        }
    }

    #[test]
    fn a_renewal_takes_what_lives_for_longer_by_a_sixtieth() {
        let now = Now::read();
        let last = token("last", minutes(20), now);
        for reason in [Reason::Renewal, Reason::MoreLife, Reason::Expired] {
            for (left, is_taken) in [(19, false), (20, false), (21, false), (22, true)] {
                let found = token("found", minutes(left), now);
                assert_eq!(serves(&found, Some(&last), reason, now), is_taken, "{left}");
            }
        }
    }

    #[test]
    fn whoever_was_refused_takes_any_other_token() {
        let now = Now::read();
        let last = token("last", minutes(55), now);
        assert!(serves(&token("found", minutes(10), now), Some(&last), Reason::Rejected, now));
    }
}
