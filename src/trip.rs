//! What a request takes along on its way: how long it may last, and to whom it tells what happens.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::callers::Callers;
use crate::event::{Event, History, Progress};
use crate::time::{Now, TimeLimit};

/// What is handed down from whoever wants a token to the request that brings it.
#[derive(Clone, Debug)]
pub struct Trip {
    /// How long it may last.
    pub budget: TimeLimit,
    /// To whom it tells what happens.
    pub reports: Reports,
    /// Who can be asked for what only a caller has.
    pub callers: Callers,
}

/// Where events go: nowhere, or into what they come to.
#[derive(Clone, Debug, Default)]
pub struct Reports(Option<Folds>);

#[derive(Clone, Debug)]
struct Folds {
    history: Arc<Mutex<History>>,
    progress: watch::Sender<Progress>,
}

impl Trip {
    /// The same with its whole budget from `now` on.
    pub fn begun_anew(&self, now: Now) -> Trip {
        let budget = TimeLimit::new(now, self.budget.length());
        Trip { budget, ..self.clone() }
    }

    /// One whose events nobody wants.
    pub fn unwatched(budget: TimeLimit) -> Trip {
        Trip { budget, reports: Reports::default(), callers: Callers::default() }
    }
}

impl Reports {
    /// Those of one flight: they are added to `history`, and make its progress.
    pub fn new(history: Arc<Mutex<History>>) -> (Reports, watch::Receiver<Progress>) {
        let (progress, receiver) = watch::channel(Progress::default());
        (Reports(Some(Folds { history, progress })), receiver)
    }

    /// Something has happened.
    pub fn tell(&self, event: Event<'_>) {
        let Some(Folds { history, progress }) = &self.0 else { return };
        // In this order: whoever is woken by the progress finds it in the history.
        history.lock().unwrap_or_else(PoisonError::into_inner).tell(event);
        progress.send_modify(|progress| progress.tell(event));
    }
}
