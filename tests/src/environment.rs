//! What a run of the tests takes from its environment.

use std::time::UNIX_EPOCH;

/// A number, if the variable is set.
pub fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// The seed that the variable holds, or one of the moment. It is printed, so that the run can be repeated.
pub fn seed_from(variable: &str) -> u64 {
    let seed = number_from(variable).unwrap_or_else(|| {
        let since = UNIX_EPOCH.elapsed().expect("the clock is past 1970");
        u64::from(since.subsec_nanos()) ^ since.as_secs()
    });
    println!("{variable}={seed}");
    seed
}
