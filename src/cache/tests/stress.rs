//! The cache under many threads, a bounded number of operations rather than of seconds. A call
//! that does not settle hangs the test.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::task::yield_now;

use crate::cache::*;
use crate::error::ErrorCode;
use crate::testing::failed_attempt;

/// A source that fails, grants for long or short, panics, and yields, all at random.
#[derive(Default)]
struct Moody {
    fetches: AtomicUsize,
    under_way: AtomicUsize,
    has_overlapped: AtomicBool,
}

/// Counts a fetch as under way until it ends, by a panic too.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Source for Moody {
    type Token = usize;

    fn advice_when_late(&self) -> String {
        "Wait longer.".to_owned()
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<usize>, Error> {
        if self.under_way.fetch_add(1, Ordering::SeqCst) > 0 {
            self.has_overlapped.store(true, Ordering::SeqCst);
        }
        let _under_way = UnderWay(&self.under_way);
        let error = || Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.");
        for _ in 0..fastrand::usize(0..20) {
            yield_now().await;
            trip.reports.tell(Event::AttemptFailed(&failed_attempt(error())));
        }
        if fastrand::u8(..) < 4 {
            return Err(error());
        }
        Ok(Grant {
            // A few tokens come again and again.
            token: self.fetches.fetch_add(1, Ordering::SeqCst) % 7,
            from: Now::read(),
            lifetime: Duration::from_secs(fastrand::u64(1..4000)),
        })
    }
}

const THREADS: usize = 8;
const OPERATIONS: usize = 4000;

/// Runs `operation` again and again on many threads, and returns once all are done.
fn run(cache: &Arc<TokenCache<Moody>>, operation: fn(&Arc<TokenCache<Moody>>, &Handle)) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let handle = runtime.handle();
                let _entered = handle.enter();
                for _ in 0..OPERATIONS {
                    operation(cache, handle);
                }
            });
        }
    });
}

fn ask_lease_or_invalidate(cache: &Arc<TokenCache<Moody>>, handle: &Handle) {
    // Up to an hour ahead, so that leases go stale, close and expire.
    let now = Now::read().after(Duration::from_secs(fastrand::u64(0..3600)));
    let life = Duration::from_secs(fastrand::u64(0..60)).saturating_sub(Duration::from_secs(30));
    match fastrand::u8(0..8) {
        0..3 => {
            if let Answer::Serve(lease) = cache.ask(now, life).without_callers(None).0 {
                assert!(lease.is_usable(now));
            }
        }
        3..5 => {
            let patience = TimeLimit::new(Now::read(), Duration::from_secs(600));
            match handle.block_on(cache.lease(&Trip::unwatched(patience), life)) {
                Ok(lease) => assert!(lease.number > 0),
                Err(error) => assert_eq!(error.code, ErrorCode::Unavailable),
            }
        }
        5 => {
            cache.invalidate(&fastrand::usize(0..7));
        }
        6 => {
            if let Some(lease) = cache.glance(now) {
                assert!(lease.is_usable(now));
            }
        }
        _ => {
            cache.usable(now);
            cache.current();
        }
    }
}

#[test]
fn many_threads_share_one_fetch_at_a_time() {
    let cache = TokenCache::new(Moody::default(), FlightThread::Current);
    run(&cache, ask_lease_or_invalidate);
    assert!(!cache.source.has_overlapped.load(Ordering::SeqCst));
    assert_eq!(cache.source.under_way.load(Ordering::SeqCst), 0);
}

#[test]
fn every_call_settles_while_everything_is_forgotten_again_and_again() {
    let cache = TokenCache::new(Moody::default(), FlightThread::Current);
    run(&cache, |cache, handle| match fastrand::u8(0..16) {
        0 => cache.forget(),
        _ => ask_lease_or_invalidate(cache, handle),
    });
    assert!(cache.source.fetches.load(Ordering::SeqCst) > 0);
}
