//! What linking an addon takes.

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // Node unloads an addon when the last worker thread that loaded it ends; our thread lives on.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
