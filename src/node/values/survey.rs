//! The profiles of a file as the command line sees them.

use crate::config::survey::{Survey, Surveyed};
use crate::node::raw::js::{Js, JsResult};

/// `{ file, byDefault, profiles: [{ name, host, hasToken }] }`; `undefined` where there is no file.
pub(crate) fn to_js(js: Js, survey: Option<&Survey>) -> JsResult {
    let Some(Survey { file, profiles, default }) = survey else { return js.undefined() };
    let found = js.object()?;
    js.set(found, c"file", js.string(file)?)?;
    if let Some(default) = default {
        js.set(found, c"byDefault", js.string(default)?)?;
    }
    let all = js.array()?;
    for (index, Surveyed { name, host, holds_token }) in profiles.iter().enumerate() {
        let profile = js.object()?;
        js.set(profile, c"name", js.string(name)?)?;
        if let Some(host) = host {
            js.set(profile, c"host", js.string(host)?)?;
        }
        js.set(profile, c"hasToken", js.boolean(*holds_token)?)?;
        js.set_element(all, index as u32, profile)?;
    }
    js.set(found, c"profiles", all)?;
    Ok(found)
}
