//! The state machine of one token: what to answer, and when to launch a flight.
//!
//! Plain data. It must not know clocks, locks, wakers or I/O.

use std::time::{Duration, SystemTime};

pub use super::answer::{Answer, Asked, Launch};
use super::lease::{Lease, Phase};
use super::pacing::Pacing;
use super::state::{Pause, State};
use crate::error::Error;
use crate::event::{Landed, Life, Reason};
use crate::time::{Deadline, Now};

/// The place for one token.
///
/// What a caller gets, by the state of the slot and the phase of its lease:
///
/// | | fresh | stale | closing | expired |
/// |---|---|---|---|---|
/// | `Empty` | | | | launch, join |
/// | `Fetching` | | | | join |
/// | `Held`, no pause | serve | launch, serve | launch, join; else the lease | launch, join |
/// | `Held`, in a pause | serve | serve | serve | launch, join |
/// | `Renewing` | serve | serve | join; else the lease | join |
/// | `Refused`, in its pause | serve later | serve later | serve later | launch, join |
/// | `Refused`, after it | launch, join | launch, join | launch, join | launch, join |
/// | `Failed`, in its pause | | | | refuse |
/// | `Failed`, after it | | | | launch, join |
///
/// A flight whose callers had nothing to give leaves `Empty`, or `Held` without a pause: as if nobody had asked.
///
/// Who asks for more life than the lease has left waits for a renewal at any phase; in a pause it
/// gets the error that the pause is for, or the lease where the service has nothing better.
#[derive(Debug)]
pub struct Slot<T> {
    state: State<T>,
    /// The number of the latest flight.
    flights: u64,
    /// Why there is no lease that can be used, where there is none.
    lack: Reason,
    pacing: Pacing,
}

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        Slot { state: State::Empty, flights: 0, lack: Reason::First, pacing: Pacing::new() }
    }
}

impl<T> Slot<T> {
    /// A slot that makes no pauses: for one that only another slot's flights ask.
    pub fn unpaced() -> Slot<T> {
        Slot { pacing: Pacing::off(), ..Slot::default() }
    }
}

impl<T: Clone + PartialEq> Slot<T> {
    /// The lease that can be served without doing anything else.
    pub fn glance(&self, now: Now) -> Option<&Lease<T>> {
        self.state.glance(now)
    }

    /// The lease in use, if it may still be handed out at all.
    pub fn usable(&self, now: Now) -> Option<&Lease<T>> {
        self.state.usable(now)
    }

    /// Whether nothing would be lost with it: no usable token, no flight, no pause.
    pub fn is_idle(&self, now: Now) -> bool {
        self.state.is_idle(now)
    }

    /// Whether a flight is under way.
    pub fn is_fetching(&self) -> bool {
        self.state.is_fetching()
    }

    /// The number of the lease in use, zero if there is none, or one that was refused.
    pub fn current(&self) -> u64 {
        self.state.current()
    }

    /// The life of the lease that there is, however old.
    pub fn life(&self) -> Option<Life> {
        self.state.lease().map(Life::from)
    }

    /// When the pause ends that there is, on the wall clock.
    pub fn retry_at(&self) -> Option<SystemTime> {
        self.state.retry_at()
    }

    /// Answers a caller who asks for a token with `life` left. A lease that has lived for less than a
    /// sixtieth of its life satisfies any wish.
    pub fn ask(&mut self, now: Now, life: Duration) -> Asked<T> {
        if let Some(lease) = self.glance(now).filter(|lease| lease.has_left(life, now)) {
            return Asked::at_once(Answer::Serve(lease.clone()));
        }
        match &self.state {
            State::Empty => self.fetch(),
            State::Fetching { .. } => Asked::at_once(Answer::Join { fallback: None }),
            State::Failed { error, retry } if !retry.is_past(now) => {
                Asked::at_once(Answer::Refuse(error.clone()))
            }
            State::Failed { .. } => self.fetch(),
            State::Held { lease, .. } if !lease.is_usable(now) => {
                self.pacing.was_taken();
                self.fetch()
            }
            State::Refused { lease, retry }
                if lease.is_usable(now) && lease.has_left(life, now) && !retry.is_past(now) =>
            {
                Asked::at_once(Answer::ServeLater(lease.clone()))
            }
            State::Refused { .. } => self.fetch(),
            State::Held { lease, pause: Some(pause) } if !pause.retry.is_past(now) => {
                Asked::at_once(pause.answer(lease))
            }
            State::Held { lease, .. } => {
                let lease = lease.clone();
                self.renew(lease, now, life)
            }
            State::Renewing { lease, flight } if !lease.is_usable(now) => {
                self.state = State::Fetching { flight: *flight };
                Asked::at_once(Answer::Join { fallback: None })
            }
            State::Renewing { lease, .. } => {
                let fallback = Some(lease).filter(|lease| lease.has_left(life, now)).cloned();
                Asked::at_once(Answer::Join { fallback })
            }
        }
    }

    fn fetch(&mut self) -> Asked<T> {
        self.flights += 1;
        self.state = State::Fetching { flight: self.flights };
        let launch = Launch { flight: self.flights, reason: self.lack };
        Asked { answer: Answer::Join { fallback: None }, launch: Some(launch) }
    }

    fn renew(&mut self, lease: Lease<T>, now: Now, life: Duration) -> Asked<T> {
        self.flights += 1;
        let (answer, reason) = match lease.phase(now) {
            _ if !lease.has_left(life, now) => (Answer::Join { fallback: None }, Reason::MoreLife),
            Phase::Fresh | Phase::Stale => (Answer::Serve(lease.clone()), Reason::Renewal),
            Phase::Closing | Phase::Expired => {
                (Answer::Join { fallback: Some(lease.clone()) }, Reason::Renewal)
            }
        };
        self.state = State::Renewing { lease, flight: self.flights };
        Asked { answer, launch: Some(Launch { flight: self.flights, reason }) }
    }

    /// Takes what flight `number` brought. `jitter`, from 0 to 1, spreads renewals and retries.
    pub fn land(
        &mut self,
        now: Now,
        number: u64,
        outcome: Result<Lease<T>, Error>,
        jitter: f64,
    ) -> Landed {
        let held = match &self.state {
            State::Fetching { flight } if *flight == number => None,
            State::Renewing { lease, flight } if *flight == number => {
                lease.is_usable(now).then(|| lease.clone())
            }
            State::Empty
            | State::Fetching { .. }
            | State::Held { .. }
            | State::Renewing { .. }
            | State::Refused { .. }
            | State::Failed { .. } => return Landed::Superseded,
        };
        match (outcome, held) {
            (Ok(lease), Some(held)) if !outlives(&lease, &held, now) => {
                self.keep(held, now, None, jitter)
            }
            (Ok(lease), Some(_)) => {
                self.pacing.was_taken();
                self.store(lease)
            }
            (Ok(lease), None) => self.store(lease),
            (Err(error), held) if error.is_of_callers => self.leave(held),
            (Err(error), Some(held)) => self.keep(held, now, Some(error), jitter),
            (Err(error), None) => self.fail(error, now, jitter),
        }
    }

    fn store(&mut self, lease: Lease<T>) -> Landed {
        self.pacing.succeeded();
        self.lack = Reason::Expired;
        self.state = State::Held { lease, pause: None };
        Landed::Stored
    }

    fn keep(&mut self, lease: Lease<T>, now: Now, error: Option<Error>, jitter: f64) -> Landed {
        let length = self.pacing.after_renewal(error.as_ref(), lease.renewal_pause(), jitter);
        let pause = Pause { retry: Deadline::new(now, length), error };
        self.state = State::Held { lease, pause: Some(pause) };
        Landed::KeptStale
    }

    /// As if nobody had asked.
    fn leave(&mut self, held: Option<Lease<T>>) -> Landed {
        let (state, landed) = match held {
            Some(lease) => (State::Held { lease, pause: None }, Landed::KeptStale),
            None => (State::Empty, Landed::Failed),
        };
        self.state = state;
        landed
    }

    fn fail(&mut self, error: Error, now: Now, jitter: f64) -> Landed {
        let pause = self.pacing.after_failure(&error, jitter);
        self.state = State::Failed { error, retry: Deadline::new(now, pause) };
        Landed::Failed
    }

    /// Replaces `token`, and only that one: at once, or after a pause where the one before it was
    /// refused too. A renewal in flight is not wasted: it is awaited.
    pub fn invalidate(&mut self, now: Now, token: &T) -> bool {
        let next = match &self.state {
            State::Held { lease, .. } if lease.token() == token => {
                let pause = self.pacing.after_refusal(lease.age(now));
                pause.map_or(State::Empty, |pause| State::Refused {
                    lease: lease.clone(),
                    retry: Deadline::new(now, pause),
                })
            }
            State::Renewing { lease, flight } if lease.token() == token => {
                self.pacing.after_refusal(lease.age(now));
                State::Fetching { flight: *flight }
            }
            State::Refused { lease, .. } => return lease.token() == token,
            State::Empty
            | State::Fetching { .. }
            | State::Held { .. }
            | State::Renewing { .. }
            | State::Failed { .. } => return false,
        };
        self.lack = Reason::Rejected;
        self.state = next;
        true
    }

    /// Forgets everything; a flight under way lands superseded.
    pub fn forget(&mut self) {
        self.state = State::Empty;
        self.lack = Reason::First;
        self.pacing.succeeded();
        self.pacing.was_taken();
    }
}

/// Whether renewing `held` into `lease` gained anything. A service may hand out the same token
/// until late, or one that expires sooner; renewing that at once again would be a loop.
fn outlives<T: PartialEq>(lease: &Lease<T>, held: &Lease<T>, now: Now) -> bool {
    lease.token() != held.token()
        && lease.remaining(now) > held.remaining(now) + held.renewal_pause()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::lease::Grant;
    use crate::error::ErrorCode;

    /// A conversation with a slot of hour-long tokens, at ages counted from its beginning.
    struct Conversation {
        slot: Slot<&'static str>,
        start: Now,
    }

    const LIFETIME: Duration = Duration::from_secs(3600);
    const FRESH: u64 = 0;
    const STALE: u64 = 2160;
    const CLOSING: u64 = 3480;
    const EXPIRED: u64 = 3590;

    fn empty() -> Conversation {
        Conversation { slot: Slot::default(), start: Now::read() }
    }

    /// A slot that holds "token-1", granted at its beginning by flight 1.
    fn held() -> Conversation {
        let mut talk = empty();
        talk.launches(0, 1);
        assert_eq!(talk.lands(0, 1, "token-1"), Landed::Stored);
        talk
    }

    fn error() -> Error {
        Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.")
    }

    impl Conversation {
        fn at(&self, age_s: u64) -> Now {
            self.start.after(Duration::from_secs(age_s))
        }

        fn ask(&mut self, age_s: u64) -> Asked<&'static str> {
            let now = self.at(age_s);
            self.slot.ask(now, Duration::ZERO)
        }

        fn serves(&mut self, age_s: u64, token: &str) {
            let asked = self.ask(age_s);
            assert_eq!(asked.flight(), None);
            assert!(matches!(asked.answer, Answer::Serve(lease) if *lease.token() == token));
        }

        fn renews(&mut self, age_s: u64, token: &str, flight: u64) {
            let asked = self.ask(age_s);
            assert_eq!(asked.flight(), Some(flight));
            assert!(matches!(asked.answer, Answer::Serve(lease) if *lease.token() == token));
        }

        fn glances(&self, age_s: u64) -> Option<&'static str> {
            self.slot.glance(self.at(age_s)).map(|lease| *lease.token())
        }

        fn invalidate(&mut self, age_s: u64, token: &'static str) -> bool {
            let now = self.at(age_s);
            self.slot.invalidate(now, &token)
        }

        fn launches(&mut self, age_s: u64, flight: u64) {
            self.launches_for(age_s, flight);
        }

        /// The reason for it.
        fn launches_for(&mut self, age_s: u64, flight: u64) -> Reason {
            let asked = self.ask(age_s);
            assert_eq!(asked.answer, Answer::Join { fallback: None });
            assert_eq!(asked.flight(), Some(flight));
            asked.launch.expect("it has one").reason
        }

        fn joins(&mut self, age_s: u64) {
            let asked = self.ask(age_s);
            assert_eq!(asked, Asked::at_once(Answer::Join { fallback: None }));
        }

        fn joins_with_fallback(&mut self, age_s: u64, token: &str, launch: Option<u64>) {
            let asked = self.ask(age_s);
            assert_eq!(asked.flight(), launch);
            assert!(matches!(asked.answer, Answer::Join { fallback: Some(lease) }
                if *lease.token() == token));
        }

        fn refuses(&mut self, age_s: u64) {
            assert_eq!(self.ask(age_s), Asked::at_once(Answer::Refuse(error())));
        }

        fn lands(&mut self, age_s: u64, flight: u64, token: &'static str) -> Landed {
            self.lands_for(age_s, flight, token, LIFETIME)
        }

        fn lands_for(
            &mut self,
            age_s: u64,
            flight: u64,
            token: &'static str,
            lifetime: Duration,
        ) -> Landed {
            let from = self.at(age_s);
            let lease = Lease::new(flight, Grant { token, from, lifetime }, 0.0);
            self.slot.land(from, flight, Ok(lease), 0.0)
        }

        /// Its callers have nothing to give.
        fn lacks(&mut self, age_s: u64, flight: u64) -> Landed {
            let error = Error { is_of_callers: true, ..error() };
            self.slot.land(self.at(age_s), flight, Err(error), 0.0)
        }

        fn fails(&mut self, age_s: u64, flight: u64) -> Landed {
            self.slot.land(self.at(age_s), flight, Err(error()), 0.0)
        }
    }

    #[test]
    fn a_cold_slot_launches_one_flight_that_everybody_joins() {
        let mut talk = empty();
        talk.launches(0, 1);
        talk.joins(0);
        talk.joins(5);
        assert_eq!(talk.lands(6, 1, "token-1"), Landed::Stored);
        talk.serves(6, "token-1");
    }

    #[test]
    fn a_flight_has_the_reason_for_which_there_is_nothing_to_serve() {
        let mut talk = empty();
        assert_eq!(talk.launches_for(0, 1), Reason::First);
        talk.fails(0, 1);
        assert_eq!(talk.launches_for(60, 2), Reason::First, "there still was none");
        talk.lands(60, 2, "token-2");
        let asked = talk.ask(60 + STALE);
        assert_eq!(asked.launch, Some(Launch { flight: 3, reason: Reason::Renewal }));
        talk.fails(60 + STALE, 3);
        assert_eq!(talk.launches_for(60 + EXPIRED, 4), Reason::Expired);
        talk.lacks(60 + EXPIRED, 4);
        assert_eq!(talk.launches_for(60 + EXPIRED, 5), Reason::Expired);
        talk.lands(60 + EXPIRED, 5, "token-5");
        talk.invalidate(61 + EXPIRED, "token-5");
        assert_eq!(talk.launches_for(61 + EXPIRED, 6), Reason::Rejected);
        talk.slot.forget();
        assert_eq!(talk.launches_for(62 + EXPIRED, 7), Reason::First);
    }

    #[test]
    fn a_fresh_token_is_served_without_a_flight() {
        let mut talk = held();
        talk.serves(FRESH, "token-1");
        talk.serves(STALE - 1, "token-1");
    }

    #[test]
    fn a_stale_token_is_served_and_renewed_once() {
        let mut talk = held();
        talk.renews(STALE, "token-1", 2);
        talk.serves(STALE, "token-1");
        talk.serves(CLOSING - 1, "token-1");
        assert_eq!(talk.lands(CLOSING - 1, 2, "token-2"), Landed::Stored);
        talk.serves(CLOSING, "token-2");
    }

    #[test]
    fn a_closing_token_is_a_fallback_for_the_renewal() {
        let mut talk = held();
        talk.joins_with_fallback(CLOSING, "token-1", Some(2));
        talk.joins_with_fallback(EXPIRED - 1, "token-1", None);
        talk.joins(EXPIRED);
        assert_eq!(talk.lands(EXPIRED, 2, "token-2"), Landed::Stored);
        talk.serves(EXPIRED, "token-2");
    }

    #[test]
    fn an_expired_token_is_never_served() {
        let mut talk = held();
        talk.launches(EXPIRED, 2);
        talk.joins(EXPIRED);
    }

    #[test]
    fn a_failed_renewal_keeps_the_lease_and_pauses() {
        let mut talk = held();
        talk.renews(STALE, "token-1", 2);
        assert_eq!(talk.fails(STALE + 1, 2), Landed::KeptStale);
        talk.serves(STALE + 1, "token-1");
        talk.serves(STALE + 60, "token-1");
        talk.renews(STALE + 61, "token-1", 3);
    }

    #[test]
    fn what_its_callers_lack_is_nobodys_pause() {
        let mut talk = empty();
        for flight in 1..4 {
            talk.launches(0, flight);
            assert_eq!(talk.lacks(0, flight), Landed::Failed);
        }
        talk.launches(0, 4);
        assert_eq!(talk.lands(0, 4, "token-1"), Landed::Stored);
        for flight in 5..8 {
            talk.renews(STALE, "token-1", flight);
            assert_eq!(talk.lacks(STALE, flight), Landed::KeptStale);
        }
        talk.joins_with_fallback(CLOSING, "token-1", Some(8));
        assert_eq!(talk.lacks(EXPIRED, 8), Landed::Failed);
        talk.launches(EXPIRED, 9);
    }

    #[test]
    fn what_its_callers_lack_ends_no_row_of_failures() {
        let mut talk = empty();
        for (age_s, flight) in [(0, 1), (1, 2)] {
            talk.launches(age_s, flight);
            talk.fails(age_s, flight);
        }
        talk.launches(3, 3);
        talk.lacks(3, 3);
        talk.launches(3, 4);
        talk.fails(3, 4);
        talk.refuses(5);
    }

    #[test]
    fn a_failed_renewal_of_a_closing_token_is_paused_too() {
        let mut talk = held();
        talk.joins_with_fallback(CLOSING, "token-1", Some(2));
        assert_eq!(talk.fails(CLOSING, 2), Landed::KeptStale);
        talk.serves(CLOSING + 59, "token-1");
        talk.joins_with_fallback(CLOSING + 60, "token-1", Some(3));
        assert_eq!(talk.fails(EXPIRED - 1, 3), Landed::KeptStale);
        talk.launches(EXPIRED, 4);
    }

    #[test]
    fn a_renewal_that_fails_after_the_expiry_is_a_failure() {
        let mut talk = held();
        talk.renews(STALE, "token-1", 2);
        assert_eq!(talk.fails(EXPIRED, 2), Landed::Failed);
        talk.refuses(EXPIRED);
    }

    #[test]
    fn failures_are_shared_for_pauses_that_grow_to_thirty_seconds() {
        let mut talk = empty();
        let mut age_s = 0;
        for (flight, pause_s) in (1..).zip([1, 2, 4, 8, 16, 30, 30]) {
            talk.launches(age_s, flight);
            assert_eq!(talk.fails(age_s, flight), Landed::Failed);
            talk.refuses(age_s + pause_s - 1);
            age_s += pause_s;
        }
        talk.launches(age_s, 8);
        assert_eq!(talk.lands(age_s, 8, "token-8"), Landed::Stored);
        talk.serves(age_s, "token-8");
    }

    #[test]
    fn in_an_unpaced_slot_an_error_is_not_shared() {
        let mut talk = Conversation { slot: Slot::unpaced(), ..empty() };
        talk.launches(0, 1);
        assert_eq!(talk.fails(0, 1), Landed::Failed);
        talk.launches(0, 2);
    }

    #[test]
    fn pauses_begin_anew_after_a_success() {
        let mut talk = empty();
        talk.launches(0, 1);
        talk.fails(0, 1);
        talk.launches(1, 2);
        talk.lands(1, 2, "token-2");
        talk.launches(1 + EXPIRED, 3);
        talk.fails(1 + EXPIRED, 3);
        talk.launches(2 + EXPIRED, 4);
    }

    #[test]
    fn the_pauses_of_short_lived_tokens_grow_too() {
        let mut talk = empty();
        talk.launches(0, 1);
        talk.lands_for(0, 1, "token-1", Duration::from_secs(60));
        talk.renews(30, "token-1", 2);
        talk.fails(30, 2);
        talk.serves(30, "token-1");
        talk.renews(31, "token-1", 3);
        talk.fails(31, 3);
        talk.serves(32, "token-1");
        talk.renews(33, "token-1", 4);
        talk.fails(33, 4);
        talk.serves(36, "token-1");
        talk.renews(37, "token-1", 5);
    }

    #[test]
    fn a_pause_is_as_long_as_the_service_asks_within_reason() {
        for (asked_s, pause_s) in [(20, 20), (86_400, 60)] {
            let mut talk = empty();
            talk.launches(0, 1);
            let error = Error { retry_after: Some(Duration::from_secs(asked_s)), ..error() };
            talk.slot.land(talk.start, 1, Err(error.clone()), 0.5);
            assert_eq!(talk.ask(pause_s - 1).answer, Answer::Refuse(error));
            talk.launches(pause_s, 2);
        }
    }

    #[test]
    fn a_slot_is_idle_when_it_holds_neither_token_nor_flight_nor_pause() {
        let mut talk = empty();
        assert!(talk.slot.is_idle(talk.start));
        talk.launches(0, 1);
        assert!(!talk.slot.is_idle(talk.start));
        talk.fails(0, 1);
        assert!(!talk.slot.is_idle(talk.start));
        assert!(talk.slot.is_idle(talk.at(1)));
        talk.launches(1, 2);
        talk.lands(1, 2, "token-2");
        assert!(!talk.slot.is_idle(talk.at(EXPIRED)));
        assert!(talk.slot.is_idle(talk.at(1 + EXPIRED)));
    }

    #[test]
    fn the_same_token_again_does_not_make_it_loop() {
        let mut talk = held();
        talk.renews(STALE, "token-1", 2);
        let left = Duration::from_secs(3600 - STALE + 120);
        assert_eq!(talk.lands_for(STALE, 2, "token-1", left), Landed::KeptStale);
        talk.serves(STALE + 59, "token-1");
        talk.renews(STALE + 60, "token-1", 3);
    }

    #[test]
    fn a_token_that_expires_sooner_does_not_replace_the_lease() {
        let mut talk = held();
        talk.renews(STALE, "token-1", 2);
        let sooner = Duration::from_secs(600);
        assert_eq!(talk.lands_for(STALE, 2, "token-2", sooner), Landed::KeptStale);
        talk.serves(STALE, "token-1");
    }

    #[test]
    fn when_nothing_is_held_even_the_same_token_is_stored() {
        let mut talk = held();
        talk.launches(EXPIRED, 2);
        let left = Duration::from_secs(10);
        assert_eq!(talk.lands_for(EXPIRED, 2, "token-1", left), Landed::Stored);
        talk.serves(EXPIRED + 4, "token-1");
    }

    #[test]
    fn who_needs_more_life_waits_for_a_renewal_that_nobody_else_waits_for() {
        let mut talk = held();
        let needs = |talk: &mut Conversation, age_s, life_s| {
            let now = talk.at(age_s);
            talk.slot.ask(now, Duration::from_secs(life_s))
        };
        assert!(matches!(needs(&mut talk, 600, 3000).answer, Answer::Serve(_)));
        let launch = Some(Launch { flight: 2, reason: Reason::MoreLife });
        let joins = Answer::Join { fallback: None };
        assert_eq!(needs(&mut talk, 601, 3000), Asked { answer: joins.clone(), launch });
        assert_eq!(needs(&mut talk, 602, 3000), Asked::at_once(joins));
        talk.serves(602, "token-1");
        talk.lands(603, 2, "token-2");
        assert!(matches!(needs(&mut talk, 603, 3000).answer, Answer::Serve(_)));
    }

    #[test]
    fn who_needs_more_life_is_refused_after_a_failed_renewal() {
        let mut talk = held();
        let life = Duration::from_secs(3000);
        let now = talk.at(1000);
        assert_eq!(talk.slot.ask(now, life).flight(), Some(2));
        talk.fails(1000, 2);
        assert_eq!(talk.slot.ask(now, life), Asked::at_once(Answer::Refuse(error())));
        talk.serves(1000, "token-1");
        let later = talk.at(1060);
        assert_eq!(talk.slot.ask(later, life).flight(), Some(3));
    }

    #[test]
    fn who_needs_more_life_than_is_given_gets_what_is_as_good_as_new() {
        let mut talk = held();
        let life = Duration::from_secs(7200);
        for (age_s, launch) in [(0, None), (60, None), (61, Some(2))] {
            let now = talk.at(age_s);
            assert_eq!(talk.slot.ask(now, life).flight(), launch, "{age_s}");
        }
        talk.lands_for(61, 2, "token-1", Duration::from_secs(3539));
        let now = talk.at(62);
        assert!(matches!(talk.slot.ask(now, life).answer, Answer::Serve(_)));
    }

    #[test]
    fn an_invalidated_token_is_replaced_at_once_however_young_it_was() {
        for age_s in [0, 1, STALE - 1] {
            let mut talk = held();
            assert!(talk.invalidate(age_s, "token-1"));
            assert_eq!(talk.slot.current(), 0);
            talk.launches(age_s, 2);
        }
    }

    /// A slot that holds "token-2", granted at 1 s because "token-1" had been refused then.
    fn replaced() -> Conversation {
        let mut talk = held();
        talk.invalidate(1, "token-1");
        talk.launches(1, 2);
        talk.lands(1, 2, "token-2");
        talk
    }

    #[test]
    fn a_token_that_is_refused_as_the_one_before_is_served_until_a_pause_is_over() {
        let mut talk = replaced();
        for _ in 0..30 {
            assert!(talk.invalidate(2, "token-2"));
            let asked = talk.ask(2);
            assert_eq!(asked.flight(), None);
            assert!(
                matches!(asked.answer, Answer::ServeLater(lease) if *lease.token() == "token-2")
            );
        }
        assert_eq!((talk.slot.current(), talk.glances(2)), (0, None), "it has to be asked for");
        talk.launches(3, 3);
        assert_eq!(talk.lands(3, 3, "token-3"), Landed::Stored);
        assert!(!talk.invalidate(3, "token-2"));
        talk.serves(3, "token-3");
    }

    #[test]
    fn a_role_that_is_missing_costs_few_tokens() {
        let mut talk = held();
        let mut tokens = 1;
        for age_s in 0..600 {
            let now = talk.at(age_s);
            if let Some(flight) = talk.slot.ask(now, Duration::ZERO).flight() {
                talk.lands(age_s, flight, "token-1");
                tokens += 1;
            }
            assert!(talk.invalidate(age_s, "token-1"));
        }
        // At 0, 1, 2, 4, 8, 16 and 32 s, then every 30 s.
        assert_eq!(tokens, 25);
    }

    #[test]
    fn tokens_that_were_taken_in_between_are_no_row_of_refusals() {
        for taken_until_s in [61, EXPIRED + 1] {
            let mut talk = replaced();
            if taken_until_s > EXPIRED {
                talk.launches(taken_until_s, 3);
                talk.lands(taken_until_s, 3, "token-2");
            }
            assert!(talk.invalidate(taken_until_s, "token-2"));
            assert_eq!(talk.glances(taken_until_s), None);
        }
    }

    #[test]
    fn a_renewal_of_a_token_that_was_taken_ends_the_row_of_refusals() {
        let mut talk = replaced();
        let now = talk.at(62);
        assert_eq!(talk.slot.ask(now, LIFETIME).flight(), Some(3));
        talk.lands_for(63, 3, "token-3", 2 * LIFETIME);
        assert!(talk.invalidate(64, "token-3"));
        assert_eq!(talk.glances(64), None);
    }

    #[test]
    fn an_unpaced_slot_replaces_every_refused_token_at_once() {
        let mut talk = Conversation { slot: Slot::unpaced(), ..empty() };
        for flight in 1..9 {
            talk.launches(flight, flight);
            talk.lands(flight, flight, "token-1");
            assert!(talk.invalidate(flight, "token-1"));
        }
    }

    #[test]
    fn a_report_about_another_token_changes_nothing() {
        let mut talk = held();
        assert!(!talk.invalidate(0, "token-0"));
        talk.serves(1, "token-1");
        assert!(!empty().invalidate(0, "token-1"));
    }

    #[test]
    fn a_renewal_in_flight_serves_those_whose_token_was_invalidated() {
        let mut talk = held();
        talk.renews(STALE, "token-1", 2);
        assert!(talk.invalidate(STALE, "token-1"));
        talk.joins(STALE);
        assert_eq!(talk.lands(STALE + 1, 2, "token-2"), Landed::Stored);
        talk.serves(STALE + 1, "token-2");
    }

    #[test]
    fn a_flight_nobody_waits_for_changes_nothing() {
        let mut talk = empty();
        talk.launches(0, 1);
        talk.slot.forget();
        assert_eq!(talk.lands(1, 1, "token-1"), Landed::Superseded);
        talk.launches(1, 2);
        assert_eq!(talk.fails(1, 1), Landed::Superseded);
        assert_eq!(talk.lands(2, 2, "token-2"), Landed::Stored);
        assert_eq!(talk.lands(3, 1, "token-1"), Landed::Superseded);
        talk.serves(3, "token-2");
        assert_eq!(talk.slot.current(), 2);
    }
}
