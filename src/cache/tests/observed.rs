//! Those who observe flights: what they hear, and when.

use super::*;

/// What an observer has heard.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn observer(&self) -> Observer {
        let heard = self.clone();
        Observer::new(move |event| {
            heard.note(match event {
                Event::Sent => "sent".to_owned(),
                Event::AttemptFailed(attempt) => format!("failed: {}", attempt.error.what),
                Event::Authorized { .. } => "authorized".to_owned(),
                Event::Landed { landed, life, retry_at, .. } => {
                    format!("{landed:?}, life {}, pause {}", life.is_some(), retry_at.is_some())
                }
            });
        })
    }

    /// Asks for a token whose flight, if one is due, is observed.
    fn ask<S: Source>(&self, cache: &Arc<TokenCache<S>>) -> Told<S::Token> {
        let mut begun = cache.ask(Now::read(), Duration::ZERO);
        if let Some(flight) = &mut begun.flight {
            self.note(format!("{:?}", flight.reason()));
            flight.observed_by(self.observer());
        }
        begun.without_callers(None)
    }
}

async fn wait<S: Source>(cache: &Arc<TokenCache<S>>, told: Told<S::Token>, watch: Option<Watch>) {
    let trip = Trip { watch, ..Trip::unwatched(TimeLimit::new(Now::read(), PATIENCE)) };
    let _ = cache.lease_after(Some(told), &trip, Duration::ZERO).await;
}

#[tokio::test(start_paused = true)]
async fn an_observer_hears_of_everything_before_those_who_wait() {
    let lower = cache(|_| vec![Report(down()), Take(s(1)), Grants(HOUR)]);
    let upper = TokenCache::new(Upper(lower), FlightThread::Current);
    let heard = Heard::default();
    let told = heard.ask(&upper);
    wait(&upper, told, None).await;
    assert_eq!(
        heard.take(),
        [
            "First",
            "sent",
            "failed: The workspace is down",
            "sent",
            "Stored, life true, pause false"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_observer_hears_what_a_failed_flight_meant() {
    let cache = holding(|_| vec![Fail(down())]).await;
    let heard = Heard::default();
    sleep(STALE).await;
    heard.ask(&cache);
    yield_now().await;
    assert_eq!(heard.take(), ["Renewal", "KeptStale, life true, pause true"]);
    sleep(EXPIRED - STALE).await;
    let told = heard.ask(&cache);
    wait(&cache, told, None).await;
    assert_eq!(heard.take(), ["Expired", "Failed, life false, pause true"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_is_given_the_flights_that_are_launched_while_it_waits() {
    // The first one brings a token that is dead already: the machine slept.
    let cache = cache(|flight| match flight {
        1 => vec![Take(s(2)), Grants(s(1))],
        _ => vec![Grants(HOUR)],
    });
    let heard = Heard::default();
    let (watcher, told) = (heard.clone(), heard.ask(&cache));
    let watch = Watch::new(move |_, reason| {
        watcher.note(format!("watched: {reason:?}"));
        watcher.observer()
    });
    wait(&cache, told, Some(watch)).await;
    assert_eq!(
        heard.take(),
        [
            "First",
            "sent",
            "Stored, life true, pause false",
            "watched: Expired",
            "sent",
            "Stored, life true, pause false"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn fallbacks_and_rejections_are_counted() {
    let cache = holding(|_| vec![Fail(down())]).await;
    let counts = |cache: &Cache| {
        let History { fallbacks, rejections, .. } = cache.status(Now::read()).history;
        (fallbacks, rejections)
    };
    sleep(CLOSING).await;
    assert_eq!(token(&cache).await.as_deref(), Ok("token-1"));
    assert_eq!(counts(&cache), (1, 0));
    assert_eq!(token(&cache).await.as_deref(), Ok("token-1"), "in the pause nobody waits");
    let token = "token-1".to_owned();
    assert!(cache.invalidate(&token).is_some_and(|rejected| rejected.is_news));
    assert_eq!(cache.invalidate(&token), None);
    assert_eq!(counts(&cache), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_served_still_is_refused_once() {
    let cache = holding(|_| vec![Grants(HOUR)]).await;
    assert!(cache.invalidate(&"token-1".to_owned()).is_some());
    assert_eq!(token(&cache).await.as_deref(), Ok("token-2"));
    let news = |_| cache.invalidate(&"token-2".to_owned()).map(|rejected| rejected.is_news);
    let reports: Vec<_> = (0..3).map(news).collect();
    assert_eq!(reports, [Some(true), Some(false), Some(false)]);
    assert_eq!(cache.status(Now::read()).history.rejections, 2);
}
