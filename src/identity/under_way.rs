//! Whether somebody is asked for what only they have: then it is not the workspace that takes so long.

use std::sync::atomic::{AtomicBool, Ordering};

/// Tells it, for the advice on a call whose patience ends meanwhile.
#[derive(Debug, Default)]
pub(super) struct UnderWay(AtomicBool);

/// It is so as long as this is there.
pub(super) struct Meanwhile<'a>(&'a UnderWay);

impl UnderWay {
    /// From now on.
    pub(super) fn begin(&self) -> Meanwhile<'_> {
        self.0.store(true, Ordering::Relaxed);
        Meanwhile(self)
    }

    /// Whether it is so now.
    pub(super) fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Meanwhile<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}
