//! Programs that JavaScript has started.

/// Ends the program, if it runs. Windows ends nothing: a number there may be another's already.
pub(crate) fn kill(pid: u32) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(pid).ok().filter(|pid| *pid > 0) {
        // SAFETY: a signal to one process of ours touches no memory of this one.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    #[cfg(not(unix))]
    let _ = pid;
}
