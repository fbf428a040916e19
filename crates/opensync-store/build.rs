//! Makes a new migration file rebuild the crate.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
