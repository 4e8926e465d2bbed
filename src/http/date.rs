//! The service's clock, as its answers tell it.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap};

use crate::time::wall;

/// What the service's clock said when the request left, or a little later.
///
/// `Date` has whole seconds and was written at some moment between `sent` and `took` later. Where
/// that agrees with this machine's clock, this machine's is the more precise one; where it does not,
/// the service's is the one that counts. `took` is by the monotonic clock: a wall clock that was set
/// meanwhile would make both moments agree with whatever lies between its old time and its new one.
pub(super) fn service_clock(headers: &HeaderMap, sent: SystemTime, took: Duration) -> SystemTime {
    let received = sent + took;
    let date = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(time_of);
    match date {
        Some(date) if date > received || date + DATE_PRECISION < sent => date + DATE_PRECISION,
        Some(_) | None => sent,
    }
}

/// An HTTP date (RFC 9110 §5.6.7).
pub(super) fn time_of(date: &str) -> Option<SystemTime> {
    let timestamp = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(wall(timestamp))
}

/// `Date` has whole seconds.
pub(super) const DATE_PRECISION: Duration = Duration::from_secs(1);
