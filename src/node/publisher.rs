//! Who publishes what JavaScript is told of: js/telemetry.js, where anybody listens.

use napi_sys as sys;

use super::agent::Agent;
use super::raw::js::{Js, JsResult};

/// Publishes on the channels of `node:diagnostics_channel`.
pub(super) struct Publisher {
    js: Js,
    telemetry: sys::napi_value,
}

impl Publisher {
    /// It, if anybody listens to one of `channels`, an array: see [`channels`].
    pub(super) fn find(
        js: Js,
        agent: &Agent,
        channels: sys::napi_value,
    ) -> JsResult<Option<Publisher>> {
        let is_heard = js.call(agent.get(c"isHeard")?, &[channels])?;
        let telemetry = if js.is_true(is_heard) { Some(agent.get(c"telemetry")?) } else { None };
        Ok(telemetry.map(|telemetry| Publisher { js, telemetry }))
    }

    /// `begin(kind, context)`.
    pub(super) fn begin(&self, kind: &str, context: sys::napi_value) -> JsResult<()> {
        let begin = self.js.get(self.telemetry, c"begin")?;
        self.js.call(begin, &[self.js.string(kind)?, context]).map(drop)
    }

    /// `end(kind, context, rest)`: with what is known by then.
    pub(super) fn end(
        &self,
        kind: &str,
        context: sys::napi_value,
        rest: sys::napi_value,
    ) -> JsResult<()> {
        let end = self.js.get(self.telemetry, c"end")?;
        self.js.call(end, &[self.js.string(kind)?, context, rest]).map(drop)
    }

    /// `publish(name, message)`.
    pub(super) fn publish(&self, name: &str, message: sys::napi_value) -> JsResult<()> {
        let publish = self.js.get(self.telemetry, c"publish")?;
        self.js.call(publish, &[self.js.string(name)?, message]).map(drop)
    }
}

/// All that is published on, as an array.
pub(super) fn channels(js: Js) -> JsResult {
    let channels = js.array()?;
    for (index, name) in (0..).zip(CHANNELS) {
        js.set_element(channels, index, js.string(name)?)?;
    }
    Ok(channels)
}

pub(super) const ATTEMPT_FAILED: &str = "lakebase-token:attempt-failed";
pub(super) const REJECTED: &str = "lakebase-token:rejected";

/// All that is published on.
const CHANNELS: [&str; 12] = [
    "tracing:lakebase-token:fetch:start",
    "tracing:lakebase-token:fetch:end",
    "tracing:lakebase-token:fetch:asyncStart",
    "tracing:lakebase-token:fetch:asyncEnd",
    "tracing:lakebase-token:fetch:error",
    "tracing:lakebase-token:wait:start",
    "tracing:lakebase-token:wait:end",
    "tracing:lakebase-token:wait:asyncStart",
    "tracing:lakebase-token:wait:asyncEnd",
    "tracing:lakebase-token:wait:error",
    ATTEMPT_FAILED,
    REJECTED,
];
