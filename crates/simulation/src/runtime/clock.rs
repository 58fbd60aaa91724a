//! Clocks with an error of their own.

use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

use acquaint_consensus::runtime::Instant;
use openraft_rt_sim::SimInstant;

use super::host::Host;

const MILLION: u64 = 1_000_000;
/// Clocks begin a day in, so that code which subtracts a timeout from now does not come below nought.
const BEGIN_NANOS: u64 = 86_400 * 1_000_000_000;

/// How the clock of a host relates to virtual time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostClock {
    /// What it shows when virtual time begins, beyond what a clock without error shows.
    pub ahead: Duration,
    /// How many millionths of a second pass on it in a second.
    pub rate_ppm: u32,
}

/// A moment on the monotonic clock of a host, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HostInstant(u64);

impl HostClock {
    /// A clock without error.
    pub(crate) const TRUE: HostClock = HostClock {
        ahead: Duration::ZERO,
        rate_ppm: 1_000_000,
    };

    fn show(self, virtual_nanos: u64) -> u64 {
        let passed = scale(virtual_nanos, u64::from(self.rate_ppm), MILLION);
        BEGIN_NANOS + nanos(self.ahead) + passed
    }

    /// The first virtual nanosecond at which the clock shows `shown` or later.
    fn when(self, shown: u64) -> u64 {
        let passed = shown.saturating_sub(BEGIN_NANOS + nanos(self.ahead));
        scale_up(passed, MILLION, u64::from(self.rate_ppm))
    }
}

/// When `duration` will have passed on the clock of the current host.
pub(super) fn reached_in(duration: Duration) -> SimInstant {
    reached_at(HostInstant::now() + duration)
}

/// When the clock of the current host will show `deadline`.
pub(super) fn reached_at(deadline: HostInstant) -> SimInstant {
    let now = SimInstant::now();
    let begin = now - now.elapsed_since_start();
    begin + Duration::from_nanos(current().when(deadline.0))
}

/// Virtual time since the simulation began.
pub(crate) fn virtual_time() -> Duration {
    SimInstant::now().elapsed_since_start()
}

fn current() -> HostClock {
    Host::current().map_or(HostClock::TRUE, |host| host.clock())
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn scale(value: u64, by: u64, of: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(by) / u128::from(of);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn scale_up(value: u64, by: u64, of: u64) -> u64 {
    let scaled = (u128::from(value) * u128::from(by)).div_ceil(u128::from(of));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

impl Instant for HostInstant {
    fn now() -> Self {
        HostInstant(current().show(nanos(virtual_time())))
    }
}

impl Add<Duration> for HostInstant {
    type Output = Self;

    fn add(self, more: Duration) -> Self {
        HostInstant(self.0.saturating_add(nanos(more)))
    }
}

impl AddAssign<Duration> for HostInstant {
    fn add_assign(&mut self, more: Duration) {
        *self = *self + more;
    }
}

impl Sub<Duration> for HostInstant {
    type Output = Self;

    fn sub(self, less: Duration) -> Self {
        HostInstant(self.0.saturating_sub(nanos(less)))
    }
}

impl SubAssign<Duration> for HostInstant {
    fn sub_assign(&mut self, less: Duration) {
        *self = *self - less;
    }
}

impl Sub for HostInstant {
    type Output = Duration;

    fn sub(self, earlier: HostInstant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A timer that fired early would loop for ever on a clock that has not come so far.
    #[test]
    fn a_clock_has_come_to_what_it_was_waited_for() {
        for rate_ppm in [900_000, 999_999, 1_000_000, 1_000_001, 1_100_000] {
            let clock = HostClock {
                ahead: Duration::from_millis(1_234),
                rate_ppm,
            };
            for passed in (0..10_000_000_007).step_by(99_999_931) {
                let shown = clock.show(0) + passed;
                let when = clock.when(shown);
                assert!(clock.show(when) >= shown, "{rate_ppm} {passed}");
                assert!(
                    when == 0 || clock.show(when - 1) < shown,
                    "{rate_ppm} {passed}"
                );
            }
        }
    }
}
