//! One state per process, even where a bundler or a standalone build has copied the addon.
//!
//! Two files of the addon are two libraries, each with statics of its own. So every copy registers
//! as the first one of its version that the process loaded, in whatever thread: the functions that
//! JavaScript gets are that one's. It stays loaded until the process ends.

use napi_sys as sys;

/// Puts the addon's functions on `exports`.
pub(super) type Register =
    unsafe extern "C" fn(env: sys::napi_env, exports: sys::napi_value) -> sys::napi_status;

/// The `Register` of the first copy loaded; `own` if that is this one, or none is found.
pub(super) fn register(own: Register) -> Register {
    platform::first(own).unwrap_or(own)
}

/// What each copy exports its [`Register`] as. Copies of another version have another.
macro_rules! symbol {
    () => {
        concat!("lakebase_token_register_into_", env!("CARGO_PKG_VERSION"))
    };
}
pub(super) use symbol;

#[cfg(unix)]
mod platform {
    use std::ffi::{CStr, c_void};
    use std::mem::{MaybeUninit, transmute};

    use super::Register;

    pub(super) fn first(own: Register) -> Option<Register> {
        let mut place = MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: any address may be asked for, and there is room for the answer.
        let is_known = unsafe { libc::dladdr(own as *const c_void, place.as_mut_ptr()) } != 0;
        // SAFETY: zeroes are a valid Dl_info, too.
        let libc::Dl_info { dli_fname: file, .. } = unsafe { place.assume_init() };
        if !is_known || file.is_null() {
            return None;
        }
        // Node opens addons for itself alone. From now on every copy finds the symbols of this one;
        // and nothing unloads it, because the handle is never closed.
        let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_GLOBAL;
        // SAFETY: the name is the loader's own, and nothing is run that is not loaded already.
        unsafe { libc::dlopen(file, flags) };
        // SAFETY: the name ends with its only zero.
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, SYMBOL.as_ptr()) };
        // SAFETY: it is null or what the addon exports by that name, which is of that type.
        unsafe { transmute::<*mut c_void, Option<Register>>(found) }
    }

    const SYMBOL: &CStr = match CStr::from_bytes_with_nul(concat!(symbol!(), "\0").as_bytes()) {
        Ok(symbol) => symbol,
        Err(_) => panic!("a version has no zeroes in it"),
    };
}

#[cfg(windows)]
mod platform {
    use libloading::os::windows::Library;

    use super::Register;

    pub(super) fn first(_: Register) -> Option<Register> {
        let first = Library::open_already_loaded(FILE).ok()?;
        first.pin().ok()?;
        // SAFETY: what the addon exports by that name is of that type.
        let register = unsafe { first.get::<Register>(symbol!()) }.ok()?;
        Some(*register)
    }

    /// The system finds a library by its name, wherever it is; and of two the one loaded first.
    const FILE: &str = if cfg!(target_arch = "aarch64") {
        "lakebase-token.win32-arm64-msvc.node"
    } else {
        "lakebase-token.win32-x64-msvc.node"
    };
}
