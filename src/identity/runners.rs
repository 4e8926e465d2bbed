//! Those who can run the Databricks CLI for the core: JavaScript environments, which come and go.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::CliLogin;
use crate::errand::{Nothing, Outcome, Reply, errand};

/// What is asked of the CLI.
#[derive(Clone, Debug)]
pub(crate) struct CliRequest {
    /// The profile and its file.
    pub login: CliLogin,
    /// The workspace, where no profile says it.
    pub host: String,
}

/// A run that is asked for. Where it is dropped without an answer, somebody else is asked.
#[derive(Debug)]
pub(crate) struct Run {
    pub request: CliRequest,
    pub reply: Reply,
}

/// Somebody who can run a program.
#[derive(Clone)]
pub(crate) struct Runner(Arc<dyn Fn(Run) + Send + Sync>);

/// Those who have offered themselves, the latest last.
#[derive(Debug, Default)]
pub(super) struct Runners(Mutex<Vec<Runner>>);

impl Runner {
    /// One who takes runs by this function.
    pub(crate) fn new(take: impl Fn(Run) + Send + Sync + 'static) -> Runner {
        Runner(Arc::new(take))
    }
}

impl Runners {
    /// The one that is asked first from now on.
    pub(super) fn offer(&self, runner: &Runner) {
        let mut all = self.lock();
        all.retain(|known| !known.is(runner));
        all.push(runner.clone());
        let surplus = all.len().saturating_sub(MOST_RUNNERS);
        all.drain(..surplus);
    }

    /// Has one of them run `request`: whoever goes away without an answer is asked no more.
    pub(super) async fn run(&self, request: &CliRequest) -> Outcome {
        loop {
            let Some(runner) = self.lock().last().cloned() else { return Err(nobody()) };
            let (reply, answer) = errand();
            (runner.0)(Run { request: request.clone(), reply });
            match answer.await {
                Ok(outcome) => return outcome,
                Err(_) => self.lock().retain(|known| !known.is(&runner)),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Runner>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runner {
    fn is(&self, other: &Runner) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runner")
    }
}

fn nobody() -> Nothing {
    Nothing {
        what: "The thread that ran the Databricks CLI has ended".to_owned(),
        advice: "Try again.".to_owned(),
        said: None,
        passes: true,
    }
}

/// More threads than this have no use for each other's offers.
const MOST_RUNNERS: usize = 64;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::errand::Brought;
    use crate::secret::Secret;

    fn request() -> CliRequest {
        let login = CliLogin {
            profile: Some("dev".to_owned()),
            file: "/file".into(),
            workspace_id: None,
            program: None,
        };
        CliRequest { login, host: "https://workspace.test".to_owned() }
    }

    fn answering(token: &'static str, runs: &Arc<AtomicUsize>) -> Runner {
        let runs = runs.clone();
        Runner::new(move |run| {
            runs.fetch_add(1, Ordering::Relaxed);
            let token = Secret::new(token.to_owned());
            run.reply.send(Ok(Brought { token, expires_at: None }));
        })
    }

    async fn token(runners: &Runners) -> Result<String, String> {
        let outcome = runners.run(&request()).await;
        outcome.map(|got| got.token.expose().to_owned()).map_err(|failure| failure.what)
    }

    #[tokio::test]
    async fn the_latest_is_asked_and_whoever_has_gone_is_not_asked_again() {
        let (runners, runs) = (Runners::default(), Arc::default());
        let gone_runs = Arc::new(AtomicUsize::new(0));
        let counter = gone_runs.clone();
        let gone = Runner::new(move |_run| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let (first, second) = (answering("token-1", &runs), answering("token-2", &runs));
        runners.offer(&first);
        runners.offer(&second);
        runners.offer(&gone);
        for _ in 0..2 {
            assert_eq!(token(&runners).await.as_deref(), Ok("token-2"));
        }
        assert_eq!(gone_runs.load(Ordering::Relaxed), 1);
        runners.offer(&first);
        assert_eq!(token(&runners).await.as_deref(), Ok("token-1"));
        assert_eq!(runners.lock().len(), 2);
    }

    #[tokio::test]
    async fn where_nobody_is_left_time_may_mend_it() {
        let runners = Runners::default();
        runners.offer(&Runner::new(drop));
        let failure = runners.run(&request()).await.unwrap_err();
        assert!(failure.passes && failure.what.contains("has ended"));
    }
}
