//! The callers of one flight who can be asked for what it takes, where only their own context has it: the
//! request that they serve, say.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::errand::{Answer, Reply, errand};

/// Those of one flight: the one that launched it first, then some of those who wait for it.
#[derive(Clone, Debug, Default)]
pub struct Callers(Arc<Mutex<All>>);

#[derive(Debug, Default)]
struct All {
    /// What the first is asked for already, within its call.
    begun: Option<Answer>,
    queue: VecDeque<Caller>,
    offers: usize,
    is_over: bool,
}

/// Somebody who can be asked, any number of times.
#[derive(Clone)]
pub struct Caller(Arc<dyn Fn(Reply) + Send + Sync>);

impl Caller {
    /// One who is asked by this function.
    pub fn new(ask: impl Fn(Reply) + Send + Sync + 'static) -> Caller {
        Caller(Arc::new(ask))
    }
}

impl Callers {
    /// `caller` launches the flight, and is asked already: `answer` is what comes of it.
    pub fn begin(&self, caller: Caller, answer: Answer) {
        let mut all = self.lock();
        all.offers += 1;
        all.begun = Some(answer);
        all.queue.push_front(caller);
    }

    /// Whether one more is of use.
    pub fn have_room(&self) -> bool {
        let all = self.lock();
        !all.is_over && all.offers < MOST_CALLERS
    }

    /// `caller` waits too.
    pub fn offer(&self, caller: Caller) {
        let mut all = self.lock();
        if !all.is_over && all.offers < MOST_CALLERS {
            all.offers += 1;
            all.queue.push_back(caller);
        }
    }

    /// Asks the one whose turn it is; `None` if nobody is left.
    pub(crate) fn ask(&self) -> Option<Answer> {
        let mut all = self.lock();
        if let Some(answer) = all.begun.take() {
            return Some(answer);
        }
        let caller = all.queue.front().cloned()?;
        drop(all);
        let (reply, answer) = errand();
        (caller.0)(reply);
        Some(answer)
    }

    /// The one whose turn it is has nothing to give: it is the next one's.
    pub(crate) fn dismiss(&self) {
        let caller = self.lock().queue.pop_front();
        // Not under the lock: it tells its environment.
        drop(caller);
    }

    /// The flight has landed: nobody is asked any more.
    pub(crate) fn close(&self) {
        let mut all = self.lock();
        all.is_over = true;
        let left = (all.begun.take(), std::mem::take(&mut all.queue));
        drop(all);
        drop(left);
    }

    /// Whether these are the callers of the same flight.
    pub fn are(&self, others: &Callers) -> bool {
        Arc::ptr_eq(&self.0, &others.0)
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caller")
    }
}

/// The one that launched the flight, and three who wait.
const MOST_CALLERS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errand::Brought;
    use crate::secret::Secret;

    /// Gives a token of that name.
    fn giving(name: &'static str) -> Caller {
        Caller::new(move |reply| {
            let token = Secret::new(name.to_owned());
            reply.send(Ok(Brought { token, expires_at: None }));
        })
    }

    fn told(answer: Option<Answer>) -> Option<String> {
        let outcome = answer?.try_recv().ok()?;
        outcome.ok().map(|brought| brought.token.expose().to_owned())
    }

    #[test]
    fn each_is_asked_in_its_turn_and_again_until_it_is_dismissed() {
        let callers = Callers::default();
        callers.offer(giving("second"));
        let (reply, answer) = errand();
        callers.begin(giving("first, again"), answer);
        let token = Secret::new("first".to_owned());
        reply.send(Ok(Brought { token, expires_at: None }));
        assert_eq!(told(callers.ask()).as_deref(), Some("first"));
        assert_eq!(told(callers.ask()).as_deref(), Some("first, again"));
        callers.dismiss();
        assert_eq!(told(callers.ask()).as_deref(), Some("second"));
        callers.dismiss();
        assert!(callers.ask().is_none());
    }

    #[test]
    fn three_who_wait_are_enough() {
        let callers = Callers::default();
        callers.begin(giving("first"), errand().1);
        for _ in 0..3 {
            assert!(callers.have_room());
            callers.offer(giving("one more"));
        }
        assert!(!callers.have_room());
        callers.offer(giving("too many"));
        assert_eq!(callers.lock().queue.len(), 4);
        // Those who were asked in vain make no room.
        callers.dismiss();
        assert!(!callers.have_room());
    }

    #[test]
    fn after_the_landing_nobody_is_kept() {
        let callers = Callers::default();
        let caller = giving("first");
        let kept = Arc::downgrade(&caller.0);
        let (reply, answer) = errand();
        callers.begin(caller, answer);
        callers.close();
        callers.offer(giving("late"));
        assert!(kept.upgrade().is_none() && callers.ask().is_none());
        // Nobody hears what comes now.
        reply.send(Ok(Brought { token: Secret::new("late".to_owned()), expires_at: None }));
    }
}
