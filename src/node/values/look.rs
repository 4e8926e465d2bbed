//! What was seen of a workspace, as the object that the command line gets.

use super::error;
use crate::error::Error;
use crate::http::Look;
use crate::node::raw::js::{Js, JsResult};

/// `{ certificate, protocol, date, error }`, without what there is none of.
pub(crate) fn to_js(js: Js, (look, error): &(Look, Option<Error>)) -> JsResult {
    let Look { certificate, protocol, date } = look;
    let seen = js.object()?;
    if let Some(der) = certificate {
        js.set(seen, c"certificate", js.buffer(der)?)?;
    }
    if let Some(protocol) = protocol {
        js.set(seen, c"protocol", js.string(protocol)?)?;
    }
    if let Some(date) = date {
        js.set(seen, c"date", js.string(date)?)?;
    }
    if let Some(error) = error {
        js.set(seen, c"error", error::to_js(js, error)?)?;
    }
    Ok(seen)
}
