//! What a process has none of any more: limits of the system, which pass when somebody lets go.

use std::io;

use crate::error::{Error, ErrorCode};

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// This process has as many file descriptors as it may have, or the machine has.
    Descriptors,
    /// This process has as many threads as it may have.
    Threads,
    /// There is no memory.
    Memory,
}

impl Shortage {
    /// What `error` says is missing, if that is what it is about.
    pub(crate) fn told_by(error: &io::Error) -> Option<Shortage> {
        let number = error.raw_os_error()?;
        if DESCRIPTORS.contains(&number) {
            Some(Shortage::Descriptors)
        } else {
            (error.kind() == io::ErrorKind::OutOfMemory).then_some(Shortage::Memory)
        }
    }

    /// The same of a thread that could not be started.
    pub(crate) fn told_by_start(error: &io::Error) -> Option<Shortage> {
        // What a thread is refused with says that of nothing else.
        let is_threads = error.kind() == io::ErrorKind::WouldBlock;
        if is_threads { Some(Shortage::Threads) } else { Shortage::told_by(error) }
    }

    /// Such as "this process has no thread left (EAGAIN)".
    pub(crate) fn what(self) -> &'static str {
        match self {
            Shortage::Descriptors => "this process has no file descriptor left (EMFILE)",
            Shortage::Threads => "this process has no thread left (EAGAIN)",
            Shortage::Memory => "this process has no memory left (ENOMEM)",
        }
    }

    /// The second sentence of an error.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Shortage::Descriptors => {
                "Raise the limit of open files (ulimit -n), or look for what leaves them open; \
                 then try again."
            }
            Shortage::Threads => {
                "Raise the limit of processes and threads (ulimit -u, or the container's limit \
                 of pids); then try again."
            }
            Shortage::Memory => "Raise the limit of memory; then try again.",
        }
    }

    /// The error of a request that could not even begin.
    pub(crate) fn into_error(self) -> Error {
        let what = format!("No token could be asked for: {}", self.what());
        Error::new(ErrorCode::Unavailable, what, self.advice())
    }
}

#[cfg(unix)]
const DESCRIPTORS: [i32; 2] = [libc::EMFILE, libc::ENFILE];

/// `WSAEMFILE`, and too many open files: <https://learn.microsoft.com/windows/win32/debug/system-error-codes>.
#[cfg(not(unix))]
const DESCRIPTORS: [i32; 2] = [10024, 4];

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_is_told_apart() {
        use Shortage::{Descriptors, Memory, Threads};

        for (number, told, told_by_start) in [
            (libc::EMFILE, Some(Descriptors), Some(Descriptors)),
            (libc::ENFILE, Some(Descriptors), Some(Descriptors)),
            (libc::ENOMEM, Some(Memory), Some(Memory)),
            // Of a socket it means something else.
            (libc::EAGAIN, None, Some(Threads)),
            (libc::ECONNREFUSED, None, None),
        ] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(Shortage::told_by(&error), told, "{error}");
            assert_eq!(Shortage::told_by_start(&error), told_by_start, "{error}");
        }
        assert_eq!(Shortage::told_by(&io::ErrorKind::WouldBlock.into()), None);
    }

    #[test]
    fn its_error_passes_by_itself_and_says_what_to_raise() {
        let error = Shortage::Threads.into_error();
        assert!(error.is_retryable());
        assert_eq!(
            error.to_string(),
            "No token could be asked for: this process has no thread left (EAGAIN). Raise the \
             limit of processes and threads (ulimit -u, or the container's limit of pids); then \
             try again."
        );
    }
}
