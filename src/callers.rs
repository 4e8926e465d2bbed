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
    /// The first, which is asked already, within its call.
    begun: Option<Asked>,
    queue: VecDeque<(u64, Caller)>,
    offers: usize,
    last_number: u64,
    is_over: bool,
}

/// A caller who waits. Dropped, it has left, and is not asked any more.
#[derive(Debug)]
pub struct Offer {
    callers: Callers,
    number: u64,
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.callers.withdraw(self.number);
    }
}

/// One who is asked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub caller: Caller,
    pub answer: Answer,
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
        all.begun = Some(Asked { caller, answer });
    }

    /// Whether one more is of use.
    pub fn have_room(&self) -> bool {
        let all = self.lock();
        !all.is_over && all.offers < MOST_CALLERS
    }

    /// `caller` waits too, as long as what this returns is there.
    pub fn offer(&self, caller: Caller) -> Option<Offer> {
        let mut all = self.lock();
        let is_of_use = !all.is_over && all.offers < MOST_CALLERS;
        is_of_use.then(|| {
            all.offers += 1;
            all.last_number += 1;
            let number = all.last_number;
            all.queue.push_back((number, caller));
            Offer { callers: self.clone(), number }
        })
    }

    /// Whoever leaves before its turn makes room for another.
    fn withdraw(&self, number: u64) {
        let mut all = self.lock();
        let place = all.queue.iter().position(|(other, _)| *other == number);
        let gone = place.and_then(|place| all.queue.remove(place));
        all.offers -= usize::from(gone.is_some());
        drop(all);
        drop(gone);
    }

    /// Asks the one whose turn it is; `None` if nobody is left. It is let go with what this returns.
    pub(crate) fn ask(&self) -> Option<Asked> {
        let mut all = self.lock();
        if let Some(asked) = all.begun.take() {
            return Some(asked);
        }
        let (_, caller) = all.queue.pop_front()?;
        drop(all);
        let (reply, answer) = errand();
        (caller.0)(reply);
        Some(Asked { caller, answer })
    }

    /// That one had something, and is asked again if need be.
    pub(crate) fn keep(&self, caller: Caller) {
        let mut all = self.lock();
        if !all.is_over {
            all.queue.push_front((0, caller));
        }
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

    /// What the next one gives.
    fn told(callers: &Callers) -> Option<(String, Caller)> {
        let Asked { caller, mut answer } = callers.ask()?;
        let brought = answer.try_recv().ok()?.ok()?;
        Some((brought.token.expose().to_owned(), caller))
    }

    #[test]
    fn each_is_asked_in_its_turn_and_again_if_it_had_something() {
        let callers = Callers::default();
        let _waits = callers.offer(giving("second"));
        let (reply, answer) = errand();
        callers.begin(giving("first, again"), answer);
        let token = Secret::new("first".to_owned());
        reply.send(Ok(Brought { token, expires_at: None }));
        let mut all = Vec::new();
        while let Some((name, caller)) = told(&callers) {
            if all.is_empty() {
                callers.keep(caller);
            }
            all.push(name);
        }
        assert_eq!(all, ["first", "first, again", "second"]);
    }

    #[test]
    fn three_who_wait_are_enough() {
        let callers = Callers::default();
        callers.begin(giving("first"), errand().1);
        let mut waiting = Vec::new();
        for _ in 0..3 {
            assert!(callers.have_room());
            waiting.push(callers.offer(giving("one more")));
        }
        assert!(!callers.have_room());
        assert!(callers.offer(giving("too many")).is_none());
        assert_eq!(callers.lock().queue.len(), 3);
        // Those who were asked in vain make no room.
        drop((callers.ask(), callers.ask()));
        assert!(!callers.have_room());
    }

    #[test]
    fn whoever_leaves_before_its_turn_is_not_asked_and_makes_room() {
        let callers = Callers::default();
        let (gone, asked) = (giving("gone"), giving("asked"));
        let kept = Arc::downgrade(&gone.0);
        let (gone, asked) = (callers.offer(gone), callers.offer(asked));
        let _stays = callers.offer(giving("stays"));
        drop(gone);
        assert!(kept.upgrade().is_none());
        assert_eq!(told(&callers).map(|(name, _)| name).as_deref(), Some("asked"));
        drop(asked);
        // Two of four places are taken, one of them by the one who was asked.
        let _others = [callers.offer(giving("third")), callers.offer(giving("fourth"))];
        assert!(!callers.have_room());
        assert_eq!(told(&callers).map(|(name, _)| name).as_deref(), Some("stays"));
    }

    #[test]
    fn after_the_landing_nobody_is_kept() {
        let callers = Callers::default();
        let caller = giving("first");
        let kept = Arc::downgrade(&caller.0);
        let (reply, answer) = errand();
        callers.begin(caller, answer);
        callers.close();
        assert!(callers.offer(giving("late")).is_none());
        assert!(kept.upgrade().is_none() && callers.ask().is_none());
        // Nobody hears what comes now.
        reply.send(Ok(Brought { token: Secret::new("late".to_owned()), expires_at: None }));
    }
}
