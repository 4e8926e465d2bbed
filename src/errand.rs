//! What JavaScript is asked to bring, and how it comes back.

use std::time::SystemTime;

use tokio::sync::oneshot;

use crate::secret::Secret;

/// What it brought.
#[derive(Debug)]
pub struct Brought {
    pub(crate) token: Secret,
    /// If that is known.
    pub(crate) expires_at: Option<SystemTime>,
}

/// Why it brought nothing.
#[derive(Debug)]
pub struct Nothing {
    /// The two sentences of an error.
    pub(crate) what: String,
    pub(crate) advice: String,
    /// What was said to that, in one line.
    pub(crate) said: Option<String>,
    /// Whether it may bring something later without anybody doing anything.
    pub(crate) passes: bool,
}

impl Nothing {
    /// What happened, with what was said to it.
    pub(crate) fn in_words(&self) -> String {
        match &self.said {
            Some(said) => format!("{}: “{said}”", self.what),
            None => self.what.clone(),
        }
    }
}

/// How it ended.
pub(crate) type Outcome = Result<Brought, Nothing>;

/// Where the outcome goes. Dropped without one, it tells whoever asked to ask somebody else.
#[derive(Debug)]
pub struct Reply(oneshot::Sender<Outcome>);

/// Where it comes from.
pub(crate) type Answer = oneshot::Receiver<Outcome>;

/// Both ends of an errand.
pub(crate) fn errand() -> (Reply, Answer) {
    let (sender, answer) = oneshot::channel();
    (Reply(sender), answer)
}

impl Reply {
    /// It has ended so.
    pub fn send(self, outcome: Outcome) {
        // Whoever asked may have gone.
        let _ = self.0.send(outcome);
    }
}
