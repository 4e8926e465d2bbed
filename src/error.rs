//! The errors of the core. `js/` adds those of a missing binary, an unsupported runtime and the
//! Databricks CLI.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// What went wrong, in the words that callers can rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A variable is not set. Nothing was sent.
    ConfigMissing,
    /// A variable has a value that cannot be used. Nothing was sent.
    ConfigInvalid,
    /// What has the identity gave none: the Databricks CLI, say.
    IdentityUnavailable,
    /// The workspace refused the identity.
    Unauthenticated,
    /// The workspace refused the permission, the scopes of the identity, or this machine's address.
    Forbidden,
    /// The workspace does not know the endpoint.
    NotFound,
    /// The workspace throttles, after retries.
    RateLimited,
    /// The network or the workspace is down, after retries.
    Unavailable,
    /// The caller's patience ended.
    Timeout,
    /// An answer that cannot be used, or one that says that of the request.
    Protocol,
    /// The flight ended without an answer: a bug of this package.
    Interrupted,
}

impl ErrorCode {
    /// The `code` of the JavaScript error.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::ConfigMissing => "ERR_LAKEBASE_CONFIG_MISSING",
            ErrorCode::ConfigInvalid => "ERR_LAKEBASE_CONFIG_INVALID",
            ErrorCode::IdentityUnavailable => "ERR_LAKEBASE_IDENTITY_UNAVAILABLE",
            ErrorCode::Unauthenticated => "ERR_LAKEBASE_UNAUTHENTICATED",
            ErrorCode::Forbidden => "ERR_LAKEBASE_FORBIDDEN",
            ErrorCode::NotFound => "ERR_LAKEBASE_NOT_FOUND",
            ErrorCode::RateLimited => "ERR_LAKEBASE_RATE_LIMITED",
            ErrorCode::Unavailable => "ERR_LAKEBASE_UNAVAILABLE",
            ErrorCode::Timeout => "ERR_LAKEBASE_TIMEOUT",
            ErrorCode::Protocol => "ERR_LAKEBASE_PROTOCOL",
            ErrorCode::Interrupted => "ERR_LAKEBASE_INTERRUPTED",
        }
    }

    /// Whether the same call can succeed later without anybody changing anything, as a rule.
    pub fn is_retryable(self) -> bool {
        match self {
            ErrorCode::IdentityUnavailable
            | ErrorCode::RateLimited
            | ErrorCode::Unavailable
            | ErrorCode::Timeout
            | ErrorCode::Interrupted => true,
            ErrorCode::ConfigMissing
            | ErrorCode::ConfigInvalid
            | ErrorCode::Unauthenticated
            | ErrorCode::Forbidden
            | ErrorCode::NotFound
            | ErrorCode::Protocol => false,
        }
    }
}

/// Why there is no token. Cloned freely: the waiters of a flight share its error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The stable word for it.
    pub code: ErrorCode,
    /// Sentence one, without its full stop: what happened.
    pub what: String,
    /// Sentence two: what to do.
    pub advice: Cow<'static, str>,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The service's own word for the error, when it gave one.
    pub error_code: Option<String>,
    /// What the service calls the request, when it said so.
    pub request_id: Option<String>,
    /// The pause that the service asked for.
    pub retry_after: Option<Duration>,
    /// What a library or the operating system said beneath it.
    pub cause: Option<String>,
    /// Whether it lasts until somebody changes something, although others with its code pass.
    pub lasts: bool,
    /// Whether it is that of the callers who were asked: another one may fare better, and nobody pauses
    /// for it.
    pub is_of_callers: bool,
}

impl Error {
    /// An error without an answer.
    pub fn new(
        code: ErrorCode,
        what: impl Into<String>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Error {
        Error {
            code,
            what: what.into(),
            advice: advice.into(),
            status: None,
            error_code: None,
            request_id: None,
            retry_after: None,
            cause: None,
            lasts: false,
            is_of_callers: false,
        }
    }

    /// Whether the same call can succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        self.code.is_retryable() && !self.lasts
    }

    /// The same error with other advice.
    pub fn advise(self, advice: impl Into<Cow<'static, str>>) -> Error {
        Error { advice: advice.into(), ..self }
    }

    /// The flight or the waiter was dropped: only a panic or a failed thread start does that.
    pub fn interrupted() -> Error {
        Error::new(
            ErrorCode::Interrupted,
            "The request for a token ended without an answer",
            "Try again; this is a bug of lakebase-token, please report it.",
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.advice)
    }
}

impl std::error::Error for Error {}
