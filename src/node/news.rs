//! What happens to a fetch on the core's threads, on its way to the environment that began it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::raw::channel::Channel;
use super::values::event::Ended;
use crate::event::{Event, FailedAttempt, Reason};
use crate::registry::Cache;
use crate::trip::Observer;

/// What is sent to an environment about a fetch.
#[derive(Debug)]
pub(super) struct News {
    /// Its number.
    pub fetch: u64,
    pub moment: Moment,
}

/// What has happened.
#[derive(Debug)]
pub(super) enum Moment {
    /// It was launched where no JavaScript runs.
    Begun {
        cache: Cache,
        at: SystemTime,
        reason: Reason,
    },
    AttemptFailed(Box<FailedAttempt>),
    Ended(Box<Ended>),
    /// Nothing: it has what is there already told.
    Passed,
}

/// What takes it to the environment's thread.
pub(super) trait Bring: From<News> + Send + 'static {}

impl<L: From<News> + Send + 'static> Bring for L {}

/// What the events of one fetch take to its environment.
pub(super) struct Line<L: Bring> {
    channel: Channel<L>,
    pub fetch: u64,
    sent: AtomicU64,
    audience: Mutex<Audience>,
}

/// Whether anybody listens.
pub(super) enum Audience {
    /// It is asked while the flight is under way already: what has happened meanwhile.
    Unknown(Vec<Moment>),
    Somebody,
    Nobody,
}

impl<L: Bring> Line<L> {
    pub(super) fn new(channel: Channel<L>, audience: Audience) -> Arc<Line<L>> {
        let (fetch, sent, audience) = (next_number(), AtomicU64::new(0), Mutex::new(audience));
        Arc::new(Line { channel, fetch, sent, audience })
    }

    /// What has all of it heard.
    pub(super) fn observer(self: &Arc<Self>) -> Observer {
        let line = self.clone();
        Observer::new(move |event| line.hear(event))
    }

    fn hear(&self, event: Event<'_>) {
        match event {
            Event::Sent => {
                self.sent.fetch_add(1, Ordering::Relaxed);
            }
            Event::Authorized { .. } => {}
            Event::AttemptFailed(attempt) => {
                self.tell(Moment::AttemptFailed(Box::new(attempt.clone())));
            }
            Event::Landed { at, landed, error, life, retry_at } => {
                let (attempts, error) = (self.sent.load(Ordering::Relaxed), error.cloned());
                let ended = Ended { at, landed, error, life, retry_at, attempts };
                self.tell(Moment::Ended(Box::new(ended)));
            }
        }
    }

    /// It has happened.
    pub(super) fn tell(&self, moment: Moment) {
        match &mut *self.audience.lock().unwrap_or_else(PoisonError::into_inner) {
            Audience::Unknown(meanwhile) => meanwhile.push(moment),
            Audience::Somebody => self.send(moment),
            Audience::Nobody => {}
        }
    }

    /// Now it is known whether anybody listens: what has happened meanwhile, if so.
    pub(super) fn decide(&self, is_heard: bool) -> Vec<News> {
        let mut audience = self.audience.lock().unwrap_or_else(PoisonError::into_inner);
        let known = if is_heard { Audience::Somebody } else { Audience::Nobody };
        match std::mem::replace(&mut *audience, known) {
            Audience::Unknown(meanwhile) if is_heard => {
                let news = |moment| News { fetch: self.fetch, moment };
                meanwhile.into_iter().map(news).collect()
            }
            Audience::Unknown(_) | Audience::Somebody | Audience::Nobody => Vec::new(),
        }
    }

    fn send(&self, moment: Moment) {
        self.channel.send(News { fetch: self.fetch, moment }.into());
    }
}

fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}
