//! The program; everything is in the library.

use std::process::ExitCode;

/// Half of what a registration costs with the system's allocator is spent in that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    alta::cli::main()
}
