//! Callers and flights in paused time: every wait is exact, none is waited.

mod model;
mod observed;
mod stress;

use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, sleep};

use super::*;
use crate::error::ErrorCode;
use crate::testing::{failed_attempt, watched};

impl<S: Source> TokenCache<S> {
    /// Holds `token` for an hour, as if a flight had brought it.
    pub(crate) fn hold(&self, token: S::Token) {
        let now = Now::read();
        let mut shared = self.lock();
        let number = shared.slot.ask(now, Duration::ZERO).flight().expect("it is empty");
        let lease = Lease::new(number, Grant { token, from: now, lifetime: HOUR }, 0.0);
        shared.slot.land(now, number, Ok(lease), 0.0);
    }
}

impl<T> slot::Asked<T> {
    /// The number of the flight to launch.
    pub(crate) fn flight(&self) -> Option<u64> {
        self.launch.map(|launch| launch.flight)
    }
}

/// A source whose flights do as planned. The tokens are "token-1" of flight 1, and so on.
struct Planned {
    plan: Box<dyn Fn(usize) -> Vec<Act> + Send + Sync>,
    launches: Mutex<Vec<Instant>>,
}

/// What a flight does; the last act is its outcome.
enum Act {
    Take(Duration),
    Report(Error),
    Authorize(SystemTime),
    Grant(Duration),
    Fail(Error),
    Hang,
    Panic,
}

use Act::{Authorize, Fail, Grant as Grants, Hang, Panic, Report, Take};

impl Source for Planned {
    type Token = String;

    fn advice_when_late(&self) -> String {
        "Wait longer.".to_owned()
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<String>, Error> {
        let from = Now::read();
        let flight = {
            let mut launches = self.launches.lock().unwrap();
            launches.push(Instant::now());
            launches.len()
        };
        for act in (self.plan)(flight) {
            match act {
                Take(duration) => sleep(duration).await,
                Report(error) => {
                    trip.reports.tell(Event::Sent);
                    trip.reports.tell(Event::AttemptFailed(&failed_attempt(error)));
                }
                Authorize(until) => trip.reports.tell(Event::Authorized { until }),
                Grants(lifetime) => {
                    trip.reports.tell(Event::Sent);
                    let token = format!("token-{flight}");
                    return Ok(Grant { token, from, lifetime });
                }
                Fail(error) => return Err(error),
                Hang => std::future::pending().await,
                Panic => panic!("a bug, on purpose"),
            }
        }
        unreachable!("the last act of a plan is its outcome")
    }
}

type Cache = Arc<TokenCache<Planned>>;

fn cache(plan: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static) -> Cache {
    let source = Planned { plan: Box::new(plan), launches: Mutex::default() };
    TokenCache::new(source, FlightThread::Current)
}

/// A cache that holds "token-1", and whose second flight and the later ones do as planned.
async fn holding(plan: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static) -> Cache {
    let cache = cache(move |flight| match flight {
        1 => vec![Grants(HOUR)],
        _ => plan(flight),
    });
    assert_eq!(token(&cache).await.as_deref(), Ok("token-1"));
    cache
}

fn ask(cache: &Cache) -> Answer<String> {
    cache.ask(Now::read(), Duration::ZERO).without_callers(None).0
}

async fn token(cache: &Cache) -> Result<String, Error> {
    token_within(cache, PATIENCE).await
}

async fn token_within(cache: &Cache, patience: Duration) -> Result<String, Error> {
    let patience = TimeLimit::new(Now::read(), patience);
    let lease = cache.lease(&Trip::unwatched(patience), Duration::ZERO).await?;
    assert!(lease.is_usable(Now::read()));
    Ok(lease.token().clone())
}

/// The token, and how long it took.
async fn timed(cache: &Cache) -> (Result<String, Error>, Duration) {
    let start = Instant::now();
    (token(cache).await, start.elapsed())
}

fn served(token: &str, waited: Duration) -> (Result<String, Error>, Duration) {
    (Ok(token.to_owned()), waited)
}

fn launches(cache: &Cache) -> usize {
    cache.source.launches.lock().unwrap().len()
}

fn down() -> Error {
    Error {
        status: Some(503),
        error_code: Some("TEMPORARILY_UNAVAILABLE".to_owned()),
        request_id: Some("request-1".to_owned()),
        cause: Some("cause-1".to_owned()),
        ..Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.")
    }
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const HOUR: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(9);
/// The ages at which a token of an hour is stale whatever the jitter, closing, and expired.
const STALE: Duration = Duration::from_secs(2310);
const CLOSING: Duration = Duration::from_secs(3480);
const EXPIRED: Duration = Duration::from_secs(3590);
/// Longer than any pause after a failure without a lease.
const PAUSE: Duration = Duration::from_secs(31);

#[tokio::test(start_paused = true)]
async fn callers_of_an_empty_cache_share_one_flight() {
    let cache = cache(|_| vec![Take(s(2)), Grants(HOUR)]);
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..1000 {
        let cache = cache.clone();
        callers.spawn(async move { token(&cache).await });
    }
    for token in callers.join_all().await {
        assert_eq!(token.as_deref(), Ok("token-1"));
    }
    assert_eq!((launches(&cache), start.elapsed()), (1, s(2)));
}

#[tokio::test(start_paused = true)]
async fn asking_does_not_wait_and_launches_the_flight_that_a_lease_waits_for() {
    let cache = cache(|_| vec![Take(s(2)), Grants(HOUR)]);
    assert!(matches!(ask(&cache), Answer::Join { fallback: None }));
    assert!(matches!(ask(&cache), Answer::Join { fallback: None }));
    assert_eq!(timed(&cache).await, served("token-1", s(2)));
    assert!(matches!(ask(&cache), Answer::Serve(lease) if lease.token() == "token-1"));
    assert_eq!(launches(&cache), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_renewal_of_a_stale_token() {
    let cache = holding(|_| vec![Take(s(5)), Grants(HOUR)]).await;
    sleep(STALE).await;
    for _ in 0..100 {
        assert_eq!(timed(&cache).await, served("token-1", s(0)));
    }
    sleep(s(6)).await;
    assert_eq!(timed(&cache).await, served("token-2", s(0)));
    assert_eq!(launches(&cache), 2);
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_closing_token_get_the_renewed_one() {
    let cache = holding(|_| vec![Take(s(2)), Grants(HOUR)]).await;
    sleep(CLOSING).await;
    assert_eq!(timed(&cache).await, served("token-2", s(2)));
    assert_eq!(launches(&cache), 2);
}

#[tokio::test(start_paused = true)]
async fn a_closing_token_is_handed_out_when_its_renewal_takes_three_seconds() {
    let cache = holding(|_| vec![Hang]).await;
    sleep(CLOSING).await;
    assert_eq!(timed(&cache).await, served("token-1", s(3)));
    assert_eq!(timed(&cache).await, served("token-1", s(3)));
    assert_eq!(launches(&cache), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_half_of_what_a_closing_token_has_left() {
    let cache = holding(|_| vec![Hang]).await;
    sleep(EXPIRED - s(4)).await;
    let (token, waited) = timed(&cache).await;
    assert_eq!(token.as_deref(), Ok("token-1"));
    assert!(waited <= s(2) && waited >= Duration::from_millis(1900), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_closing_token_is_handed_out_as_soon_as_its_renewal_fails() {
    let cache = holding(|_| vec![Take(s(1)), Fail(down())]).await;
    sleep(CLOSING).await;
    assert_eq!(timed(&cache).await, served("token-1", s(1)));
    assert_eq!(timed(&cache).await, served("token-1", s(0)));
    assert_eq!(launches(&cache), 2);
}

#[tokio::test(start_paused = true)]
async fn callers_of_an_expired_token_wait_for_the_next() {
    let cache = holding(|_| vec![Take(s(5)), Grants(HOUR)]).await;
    sleep(EXPIRED).await;
    assert_eq!(timed(&cache).await, served("token-2", s(5)));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_under_way_is_awaited_once_the_token_has_expired() {
    let cache = holding(|_| vec![Take(s(20)), Grants(HOUR)]).await;
    sleep(EXPIRED - s(15)).await;
    assert_eq!(timed(&cache).await, served("token-1", s(3)));
    sleep(s(12)).await;
    assert_eq!(timed(&cache).await, served("token-2", s(5)));
    assert_eq!(launches(&cache), 2);
}

#[tokio::test(start_paused = true)]
async fn patience_ends_without_a_reason_when_nothing_has_failed_yet() {
    let cache = cache(|_| vec![Hang]);
    let (outcome, waited) = timed(&cache).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.code, waited), (ErrorCode::Timeout, PATIENCE));
    assert_eq!(error.what, "No token within 9 s: no answer yet");
    assert_eq!((error.status, error.error_code, error.cause), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn patience_ends_with_the_reason_of_the_last_failed_attempt() {
    let first = Error::new(ErrorCode::RateLimited, "Too many requests", "Wait.");
    let plan = move |_| {
        vec![Report(first.clone()), Take(s(1)), Report(down()), Take(s(60)), Fail(first.clone())]
    };
    let error = token(&cache(plan)).await.unwrap_err();
    assert_eq!(error.what, "No token within 9 s: The workspace is down");
    assert_eq!(error.advice, "Wait longer.");
    let same_but_for_the_texts = Error {
        code: ErrorCode::Timeout,
        what: error.what.clone(),
        advice: error.advice.clone(),
        ..down()
    };
    assert_eq!(error, same_but_for_the_texts);
}

#[tokio::test(start_paused = true)]
async fn whoever_joins_late_hears_why_the_flight_has_not_landed() {
    let cache = cache(|_| vec![Report(down()), Hang]);
    ask(&cache);
    sleep(s(60)).await;
    let error = token_within(&cache, s(1)).await.unwrap_err();
    assert_eq!(error.what, "No token within 1 s: The workspace is down");
}

#[tokio::test(start_paused = true)]
async fn a_flight_outlives_its_callers() {
    let cache = cache(|_| vec![Take(s(20)), Grants(HOUR)]);
    assert_eq!(token(&cache).await.map_err(|error| error.code), Err(ErrorCode::Timeout));
    sleep(s(11)).await;
    assert_eq!(timed(&cache).await, served("token-1", s(0)));
    assert_eq!(launches(&cache), 1);
}

#[tokio::test(start_paused = true)]
async fn each_caller_has_a_patience_of_its_own() {
    let cache = cache(|_| vec![Take(s(5)), Grants(HOUR)]);
    let (impatient, patient) =
        tokio::join!(token_within(&cache, s(1)), token_within(&cache, s(10)));
    assert_eq!(impatient.unwrap_err().code, ErrorCode::Timeout);
    assert_eq!(patient.as_deref(), Ok("token-1"));
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_when_its_patience_has_ended_begins_nothing() {
    let late = |cache: &Cache| {
        let (cache, patience) = (cache.clone(), TimeLimit::new(Now::read(), s(1)));
        async move {
            sleep(s(2)).await;
            let lease = cache.lease(&Trip::unwatched(patience), Duration::ZERO).await;
            lease.map(|lease| lease.token().clone()).map_err(|error| error.code)
        }
    };
    let empty = cache(|_| vec![Grants(HOUR)]);
    assert_eq!(late(&empty).await, Err(ErrorCode::Timeout));
    assert_eq!(launches(&empty), 0);

    let failed = cache(|_| vec![Fail(down())]);
    assert_eq!(token(&failed).await, Err(down()));
    sleep(s(60)).await;
    assert_eq!(late(&failed).await, Err(ErrorCode::Unavailable));
    assert_eq!(launches(&failed), 1);

    let held = holding(|_| vec![Hang]).await;
    sleep(STALE).await;
    assert_eq!(late(&held).await.as_deref(), Ok("token-1"));
    held.invalidate(&"token-1".to_owned());
    assert_eq!(late(&held).await, Err(ErrorCode::Timeout));
    assert_eq!(launches(&held), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_to_be_served_later_that_dies_on_its_way_is_replaced() {
    let cache = cache(|_| vec![Grants(s(3))]);
    for refused in ["token-1", "token-2"] {
        assert_eq!(token(&cache).await.as_deref(), Ok(refused));
        sleep(s(2)).await;
        assert!(cache.invalidate(&refused.to_owned()).is_some());
    }
    let told = cache.ask(Now::read(), Duration::ZERO).without_callers(None);
    assert!(matches!(&told.0, Answer::ServeLater(lease) if lease.token() == "token-2"));
    sleep(s(1)).await;
    let trip = Trip::unwatched(TimeLimit::new(Now::read(), PATIENCE));
    let served = cache.lease_after(Some(told), &trip, Duration::ZERO).await.unwrap();
    assert_eq!(served.lease.token(), "token-3");
}

/// A source that, like that of Postgres tokens, first needs a lease of another cache.
struct Upper(Cache);

impl Source for Upper {
    type Token = String;

    fn advice_when_late(&self) -> String {
        "Wait longer.".to_owned()
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<String>, Error> {
        let lease = self.0.lease(trip, Duration::ZERO).await?;
        Ok(Grant {
            token: format!("upper of {}", lease.token()),
            from: Now::read(),
            lifetime: HOUR,
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_upper_cache_passes_on_why_the_lower_one_has_no_token_yet() {
    let lower = cache(|_| vec![Take(s(1)), Report(down()), Take(s(10)), Grants(HOUR)]);
    let upper = TokenCache::new(Upper(lower), FlightThread::Current);
    let (trip, progress) = watched(s(2));
    let error = upper.lease(&trip, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.what, "No token within 2 s: The workspace is down");
    let heard = progress.borrow().clone();
    assert_eq!((heard.failed_attempts, heard.failure.map(|failure| failure.1)), (1, Some(down())));
    let (trip, _) = watched(s(10));
    assert_eq!(upper.lease(&trip, Duration::ZERO).await.unwrap().token(), "upper of token-1");
}

#[tokio::test(start_paused = true)]
async fn a_flight_tells_of_its_access_token_as_soon_as_it_has_one() {
    let until = SystemTime::UNIX_EPOCH + HOUR;
    for (plan, told, waited) in [
        (vec![Take(s(1)), Authorize(until), Hang], Ok(Some(until)), s(1)),
        (vec![Report(down()), Take(s(2)), Authorize(until), Fail(down())], Ok(Some(until)), s(2)),
        (vec![Report(down()), Take(s(1)), Fail(down())], Err(down()), s(1)),
        (vec![Take(s(1)), Grants(HOUR)], Ok(None), s(1)),
        (vec![Take(s(1)), Panic], Err(Error::interrupted()), s(1)),
    ] {
        let plan = Mutex::new(Some(plan));
        let cache = cache(move |_| plan.lock().unwrap().take().unwrap());
        assert_eq!(cache.authorized().await, Ok(None), "before anybody has asked");
        ask(&cache);
        let start = Instant::now();
        assert_eq!(cache.authorized().await, told);
        assert_eq!(start.elapsed(), waited);
        assert_eq!(cache.authorized().await, told, "afterwards, too");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_call_past_the_pause_succeeds_through_two_caches() {
    let lower = TokenCache::unpaced(Planned {
        plan: Box::new(|flight| match flight {
            1 => vec![Fail(down())],
            _ => vec![Grants(HOUR)],
        }),
        launches: Mutex::default(),
    });
    let upper = TokenCache::new(Upper(lower), FlightThread::Current);
    let wait = || async {
        let (trip, _) = watched(PATIENCE);
        upper.lease(&trip, Duration::ZERO).await
    };
    assert_eq!(wait().await.unwrap_err(), down());
    sleep(s(1)).await;
    assert_eq!(wait().await.unwrap().token(), "upper of token-2");
}

#[tokio::test(start_paused = true)]
async fn a_flight_that_panics_lands_interrupted_and_the_next_one_succeeds() {
    let cache = cache(|flight| match flight {
        1 => vec![Take(s(1)), Panic],
        _ => vec![Grants(HOUR)],
    });
    assert_eq!(token(&cache).await, Err(Error::interrupted()));
    assert_eq!(token(&cache).await, Err(Error::interrupted()));
    sleep(s(1)).await;
    assert_eq!(token(&cache).await.as_deref(), Ok("token-2"));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_panics_costs_nobody_the_token() {
    let cache = holding(|_| vec![Panic]).await;
    sleep(CLOSING).await;
    assert_eq!(timed(&cache).await, served("token-1", s(0)));
}

#[test]
fn a_flight_that_is_dropped_lands_interrupted_and_the_next_one_succeeds() {
    let cache = cache(|flight| match flight {
        1 => vec![Hang],
        _ => vec![Grants(HOUR)],
    });
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let dying = runtime();
    dying.block_on(async {
        assert!(matches!(ask(&cache), Answer::Join { fallback: None }));
        yield_now().await;
        assert_eq!(launches(&cache), 1);
    });
    drop(dying);
    runtime().block_on(async {
        assert_eq!(token(&cache).await, Err(Error::interrupted()));
        sleep(s(1)).await;
        assert_eq!(token(&cache).await.as_deref(), Ok("token-2"));
    });
}

#[tokio::test(start_paused = true)]
async fn callers_share_an_error_for_a_pause_and_the_first_one_after_it_succeeds() {
    let cache = cache(|flight| match flight {
        1 => vec![Take(s(2)), Fail(down())],
        _ => vec![Take(s(1)), Grants(HOUR)],
    });
    assert_eq!(timed(&cache).await, (Err(down()), s(2)));
    for _ in 0..100 {
        assert_eq!(timed(&cache).await, (Err(down()), s(0)));
    }
    assert!(matches!(ask(&cache), Answer::Refuse(error) if error == down()));
    assert_eq!(launches(&cache), 1);
    sleep(s(1)).await;
    assert_eq!(timed(&cache).await, served("token-2", s(1)));
}

#[tokio::test(start_paused = true)]
async fn the_first_call_past_the_pause_succeeds_after_a_long_outage() {
    let start = Instant::now();
    let cache = cache(move |_| {
        if start.elapsed() < HOUR { vec![Take(s(4)), Fail(down())] } else { vec![Grants(HOUR)] }
    });
    while start.elapsed() < HOUR {
        token(&cache).await.unwrap_err();
        sleep(s(1)).await;
    }
    sleep(PAUSE).await;
    assert_eq!(timed(&cache).await.1, s(0));
    assert!(token(&cache).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_hammered_whatever_the_call_rate() {
    // A flight that is refused at once is the fastest; five attempts each make forty requests.
    const FLIGHTS_A_MINUTE: usize = 8;
    let cache = cache(|_| vec![Fail(down())]);
    for _tick in 0..20 * 60 * 10 {
        for _call in 0..100 {
            assert!(!matches!(ask(&cache), Answer::Serve(_)));
        }
        sleep(Duration::from_millis(100)).await;
    }
    let launches = cache.source.launches.lock().unwrap();
    for minute in launches.windows(FLIGHTS_A_MINUTE + 1) {
        assert!(minute[FLIGHTS_A_MINUTE] - minute[0] > s(60));
    }
    assert!(launches.len() <= 8 + 19 * 3, "{}", launches.len());
    assert!(launches.len() >= 20 * 2, "{}", launches.len());
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_twenty_minutes_that_begins_with_the_renewal_fails_no_call() {
    for gives_up_after in [s(0), s(4), s(30)] {
        let start = Instant::now();
        let begun = Mutex::new(None);
        let cache = holding(move |_| {
            let begun = *begun.lock().unwrap().get_or_insert_with(Instant::now);
            if begun.elapsed() < s(20 * 60) {
                vec![Report(down()), Take(gives_up_after), Fail(down())]
            } else {
                vec![Take(s(1)), Grants(HOUR)]
            }
        })
        .await;
        while start.elapsed() < HOUR {
            let (token, waited) = timed(&cache).await;
            assert!(token.is_ok(), "{token:?} at {:?}", start.elapsed());
            assert!(waited <= s(3), "{waited:?} at {:?}", start.elapsed());
            sleep(s(1)).await;
        }
        assert_ne!(token(&cache).await.as_deref(), Ok("token-1"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_does_not_end_fails_no_call_before_the_token_does() {
    for gives_up_after in [s(0), s(4), s(30)] {
        let start = Instant::now();
        let cache =
            holding(move |_| vec![Report(down()), Take(gives_up_after), Fail(down())]).await;
        sleep(s(2399)).await;
        while start.elapsed() < EXPIRED {
            let (token, waited) = timed(&cache).await;
            assert_eq!(token.as_deref(), Ok("token-1"), "{:?}", start.elapsed());
            assert!(waited <= s(3), "{waited:?} at {:?}", start.elapsed());
            sleep(Duration::from_millis(100)).await;
        }
        let error = token(&cache).await.unwrap_err();
        assert!(error.code.is_retryable());
        assert!(error.what.ends_with("The workspace is down"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn thirty_reports_of_a_rejected_token_cost_one_flight() {
    let cache = holding(|_| vec![Take(s(1)), Grants(HOUR)]).await;
    let rejected = "token-1".to_owned();
    let reports = (0..30).filter_map(|_| cache.invalidate(&rejected)).count();
    assert_eq!((reports, cache.current()), (1, 0));
    assert_eq!(timed(&cache).await, served("token-2", s(1)));
    assert_eq!(cache.invalidate(&rejected), None);
    assert_eq!(timed(&cache).await, served("token-2", s(0)));
    assert_eq!(launches(&cache), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_rejected_during_its_renewal_is_replaced_by_that_renewal() {
    let cache = holding(|_| vec![Take(s(5)), Grants(HOUR)]).await;
    sleep(STALE).await;
    assert_eq!(timed(&cache).await, served("token-1", s(0)));
    assert!(cache.invalidate(&"token-1".to_owned()).is_some());
    assert_eq!(timed(&cache).await, served("token-2", s(5)));
    assert_eq!(launches(&cache), 2);
}

#[tokio::test(start_paused = true)]
async fn a_report_during_the_first_flight_changes_nothing() {
    let cache = cache(|_| vec![Take(s(1)), Grants(HOUR)]);
    ask(&cache);
    assert_eq!(cache.invalidate(&"token-0".to_owned()), None);
    assert_eq!(timed(&cache).await, served("token-1", s(1)));
    assert_eq!(launches(&cache), 1);
}

#[tokio::test(start_paused = true)]
async fn a_closing_token_that_is_rejected_meanwhile_is_not_handed_out_when_the_renewal_fails() {
    let cache = holding(|_| vec![Take(s(2)), Fail(down())]).await;
    sleep(CLOSING).await;
    let (outcome, ()) = tokio::join!(timed(&cache), reject_in_a_second(&cache));
    assert_eq!(outcome, (Err(down()), s(2)));
}

#[tokio::test(start_paused = true)]
async fn a_closing_token_that_is_rejected_meanwhile_is_not_handed_out_when_the_renewal_is_slow() {
    let cache = holding(|_| vec![Take(s(5)), Grants(HOUR)]).await;
    sleep(CLOSING).await;
    let (outcome, ()) = tokio::join!(timed(&cache), reject_in_a_second(&cache));
    assert_eq!(outcome, served("token-2", s(5)));
}

async fn reject_in_a_second(cache: &Cache) {
    sleep(s(1)).await;
    assert!(cache.invalidate(&"token-1".to_owned()).is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_during_a_flight_is_fetched_anew() {
    let cache = cache(|_| vec![Take(s(2)), Grants(HOUR)]);
    ask(&cache);
    sleep(s(1)).await;
    cache.forget();
    assert_eq!(timed(&cache).await, served("token-2", s(2)));
    assert_eq!(cache.current(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_current_number_is_that_of_the_lease_that_is_served() {
    let cache = holding(|_| vec![Take(s(1)), Grants(HOUR)]).await;
    let numbers = |cache: &Cache| {
        let now = Now::read();
        let number = |lease: Option<Lease<String>>| lease.map_or(0, |lease| lease.number);
        [cache.current(), number(cache.glance(now)), number(cache.usable(now))]
    };
    assert_eq!(numbers(&cache), [1, 1, 1]);
    sleep(STALE).await;
    // A glance would miss the renewal that is due.
    assert_eq!(numbers(&cache), [1, 0, 1]);
    ask(&cache);
    assert_eq!(numbers(&cache), [1, 1, 1]);
    sleep(s(2)).await;
    assert_eq!(numbers(&cache), [2, 2, 2]);
    cache.forget();
    assert_eq!(numbers(&cache), [0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_takes_no_flight_along() {
    let cache = cache(|_| vec![Take(s(2)), Grants(HOUR)]);
    assert!(timeout(s(1), token(&cache)).await.is_err());
    assert_eq!(timed(&cache).await, served("token-1", s(1)));
    assert_eq!(launches(&cache), 1);
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_what_came_of_the_flights() {
    let cache = cache(|flight| match flight {
        1 => vec![Report(down()), Take(s(1)), Grants(HOUR)],
        2 => vec![Take(s(1)), Fail(down())],
        _ => vec![Grants(HOUR)],
    });
    let blank = cache.status(Now::read());
    assert!(blank.life.is_none() && !blank.is_fetching && blank.history.last_failure.is_none());

    let start = Now::read();
    let waiting = tokio::spawn({
        let cache = cache.clone();
        async move { token(&cache).await }
    });
    yield_now().await;
    yield_now().await;
    // An attempt that failed is told before the flight has landed.
    let fetching = cache.status(Now::read());
    assert!(fetching.is_fetching && fetching.life.is_none());
    assert_eq!(fetching.history.last_failure.unwrap().1, down());
    assert_eq!((fetching.history.tokens, fetching.history.failures), (0, 0));

    assert_eq!(waiting.await.unwrap().as_deref(), Ok("token-1"));
    let held = cache.status(Now::read());
    let life = held.life.unwrap();
    assert!(!held.is_fetching && held.history.tokens == 1);
    assert!(life.issued_at >= start.wall && life.issued_at < life.renews_at);
    assert_eq!(life.expires_at, life.issued_at + HOUR);

    sleep(STALE).await;
    assert_eq!(token(&cache).await.as_deref(), Ok("token-1"));
    sleep(s(2)).await;
    let kept = cache.status(Now::read());
    assert_eq!(kept.life, Some(life));
    assert_eq!((kept.history.tokens, kept.history.failures), (1, 1));

    sleep(s(100)).await;
    assert_eq!(token(&cache).await.as_deref(), Ok("token-1"));
    sleep(s(1)).await;
    let renewed = cache.status(Now::read());
    assert_ne!(renewed.life, Some(life));
    assert_eq!((renewed.history.tokens, renewed.history.failures), (2, 1));
    // The last failure stays on record.
    assert!(renewed.history.last_failure.is_some());
}
