//! The entry of the `acquaint` program; everything else is in the library.

use std::process::ExitCode;

use clap::Parser;

/// For the program's own memory, most of which is small and short-lived. RocksDB keeps the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = acquaint_cli::Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(acquaint_cli::run(arguments));
            // A thread that still waits for standard input must not keep a failed command from ending.
            runtime.shutdown_background();
            exit.into()
        }
        Err(error) => {
            eprintln!("acquaint: cannot start threads: {error}");
            acquaint_cli::Exit::Failure.into()
        }
    }
}
