//! What a request takes along on its way: how long it may last, and to whom it tells what happens.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use crate::callers::Callers;
use crate::event::{Event, History, Progress, Reason};
use crate::time::{Now, TimeLimit};

/// What is handed down from whoever wants a token to the request that brings it.
#[derive(Clone, Debug)]
pub struct Trip {
    /// How long it may last.
    pub budget: TimeLimit,
    /// Why it is made.
    pub reason: Reason,
    /// To whom it tells what happens.
    pub reports: Reports,
    /// Who can be asked for what only a caller has.
    pub callers: Callers,
    /// Who observes the flights that are begun for it.
    pub watch: Option<Watch>,
}

/// Where events go: nowhere, or into what they come to, and to whoever observes.
#[derive(Clone, Debug, Default)]
pub struct Reports(Option<Folds>);

#[derive(Clone, Debug)]
struct Folds {
    history: Arc<Mutex<History>>,
    progress: watch::Sender<Progress>,
    observer: Option<Observer>,
}

/// Hears of each event of one flight, before those do who wait for it.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(Event<'_>) + Send + Sync>);

/// Gives an observer to each flight that is launched where no JavaScript runs.
#[derive(Clone)]
pub struct Watch(Arc<dyn Fn(SystemTime, Reason) -> Observer + Send + Sync>);

impl Trip {
    /// The same with its whole budget from `now` on.
    pub fn begun_anew(&self, now: Now) -> Trip {
        let budget = TimeLimit::new(now, self.budget.length());
        Trip { budget, ..self.clone() }
    }

    /// One whose events nobody wants.
    pub fn unwatched(budget: TimeLimit) -> Trip {
        let (reports, callers) = (Reports::default(), Callers::default());
        Trip { budget, reason: Reason::First, reports, callers, watch: None }
    }
}

impl Observer {
    /// One that does this with an event.
    pub fn new(hear: impl Fn(Event<'_>) + Send + Sync + 'static) -> Observer {
        Observer(Arc::new(hear))
    }
}

impl Watch {
    /// One that does this when a flight is launched, for that reason.
    pub fn new(observe: impl Fn(SystemTime, Reason) -> Observer + Send + Sync + 'static) -> Watch {
        Watch(Arc::new(observe))
    }

    /// A flight is launched: its observer.
    pub fn observer(&self, at: SystemTime, reason: Reason) -> Observer {
        (self.0)(at, reason)
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

impl Reports {
    /// Those of one flight: they are added to `history`, and make its progress.
    pub fn new(history: Arc<Mutex<History>>) -> (Reports, watch::Receiver<Progress>) {
        let (progress, receiver) = watch::channel(Progress::default());
        (Reports(Some(Folds { history, progress, observer: None })), receiver)
    }

    /// `observer` hears of them, too.
    pub fn observed_by(&mut self, observer: Observer) {
        if let Some(folds) = &mut self.0 {
            folds.observer = Some(observer);
        }
    }

    /// Something has happened.
    pub fn tell(&self, event: Event<'_>) {
        let Some(Folds { history, progress, observer }) = &self.0 else { return };
        // In this order: whoever is woken by the progress finds it in the history, and comes after the observer.
        history.lock().unwrap_or_else(PoisonError::into_inner).tell(event);
        if let Some(Observer(hear)) = observer {
            hear(event);
        }
        progress.send_if_modified(|progress| progress.tell(event));
    }
}
