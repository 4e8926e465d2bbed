//! What linking an addon takes.

fn main() {
    napi_build::setup();
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        // Node unloads an addon when the last worker thread that loaded it ends; our thread lives on.
        Ok("linux") => println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete"),
        // Without it the linker writes where it was built.
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/lakebase-token.node");
        }
        _ => {}
    }
}
