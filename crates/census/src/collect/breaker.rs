//! A circuit breaker for one host. After repeated faults nothing is sent for a while; then a single request shows
//! whether the host is back. A host that stays away is asked ever more rarely, and what is wanted of it fails at once.
//!
//! ```text
//! closed --(faults in a row)--> open --(time is up)--> probing --(answer)--> closed
//!                                ^------(fault, twice as long)---'
//! ```
//!
//! Times are handed in, so that a test needs no clock.

use std::time::Duration;

use tokio::time::Instant;

/// So many faults with no answer between them open it.
const FAULTS: u32 = 10;
/// So many openings in a row, and nobody waits for the host any more.
const OPENINGS: u32 = 5;
/// The same for a host that has never answered in this run: most often its address is wrong.
const OPENINGS_UNKNOWN: u32 = 2;
/// The longest time between two probes.
const LONGEST: Duration = Duration::from_secs(300);

/// Whether a request may go out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may.
    Go,
    /// It may, alone: it shows whether the host is back.
    Probe,
    /// Not before then.
    Wait(Instant),
    /// Not before the request under way has shown whether the host is back.
    WaitForProbe,
    /// The host has been away for long.
    Down,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed,
    Open(Instant),
    Probing,
}

/// The state of one host.
#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
    faults: u32,
    openings: u32,
    first: Duration,
    answered: bool,
}

impl Breaker {
    /// A closed one; `first` is how long it first stays open.
    pub(super) fn new(first: Duration) -> Self {
        Self { state: State::Closed, faults: 0, openings: 0, first, answered: false }
    }

    /// Whether a request may go out now.
    pub(super) fn admit(&mut self, now: Instant) -> Admission {
        let away = self.openings >= if self.answered { OPENINGS } else { OPENINGS_UNKNOWN };
        match self.state {
            State::Closed => Admission::Go,
            State::Open(until) if until <= now => {
                self.state = State::Probing;
                Admission::Probe
            }
            State::Open(_) | State::Probing if away => Admission::Down,
            State::Open(until) => Admission::Wait(until),
            State::Probing => Admission::WaitForProbe,
        }
    }

    /// The host answered; true if it had been away.
    pub(super) fn good(&mut self) -> bool {
        let news = !matches!(self.state, State::Closed);
        *self = Self { answered: true, ..Self::new(self.first) };
        news
    }

    /// A fault of the host, or no answer; for how long nothing is sent, if that is news.
    pub(super) fn bad(&mut self, probe: bool, now: Instant) -> Option<Duration> {
        self.faults = self.faults.saturating_add(1);
        // What was sent before it opened says nothing new.
        let opens = match self.state {
            State::Closed => self.faults >= FAULTS,
            State::Probing => probe,
            State::Open(_) => false,
        };
        opens.then(|| {
            let wait = self.first.saturating_mul(1 << self.openings.min(16)).min(LONGEST);
            self.openings = self.openings.saturating_add(1);
            self.state = State::Open(now + wait);
            wait
        })
    }

    /// The probe was given up before it came to anything: another may go.
    pub(super) fn given_up(&mut self, now: Instant) {
        if matches!(self.state, State::Probing) {
            self.state = State::Open(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(1);

    #[test]
    fn it_opens_probes_and_closes() {
        let (mut breaker, now) = (Breaker::new(FIRST), Instant::now());
        assert!(!breaker.good(), "no news");
        for _ in 1..FAULTS {
            assert_eq!((breaker.admit(now), breaker.bad(false, now)), (Admission::Go, None));
        }
        assert_eq!(breaker.bad(false, now), Some(FIRST));
        assert_eq!(breaker.bad(false, now), None, "sent before");
        assert_eq!(breaker.admit(now), Admission::Wait(now + FIRST));
        assert_eq!(breaker.admit(now + FIRST), Admission::Probe);
        assert_eq!(breaker.admit(now + FIRST), Admission::WaitForProbe, "one at a time");
        assert_eq!(breaker.bad(false, now + FIRST), None, "not the probe");
        assert_eq!(breaker.bad(true, now + FIRST), Some(2 * FIRST));
        assert_eq!(breaker.admit(now + 2 * FIRST), Admission::Wait(now + 3 * FIRST));
        assert_eq!(breaker.admit(now + 3 * FIRST), Admission::Probe);
        breaker.given_up(now + 3 * FIRST);
        assert_eq!(breaker.admit(now + 3 * FIRST), Admission::Probe, "the first one was given up");
        assert!(breaker.good());
        assert!(!breaker.good());
        assert_eq!(breaker.admit(now), Admission::Go);
        assert_eq!(breaker.bad(false, now), None, "counting begins anew");
    }

    #[test]
    fn a_host_that_stays_away_is_not_waited_for() {
        let (mut breaker, mut now) = (Breaker::new(FIRST), Instant::now());
        breaker.good();
        (0..FAULTS).for_each(|_| _ = breaker.bad(false, now));
        let mut waited = Duration::ZERO;
        while let Admission::Wait(until) = breaker.admit(now) {
            waited += until - now;
            now = until;
            assert_eq!(breaker.admit(now), Admission::Probe);
            breaker.bad(true, now);
        }
        assert_eq!(waited, FIRST * 15, "1 + 2 + 4 + 8");
        assert_eq!(breaker.admit(now), Admission::Down);
        now += LONGEST;
        assert_eq!(breaker.admit(now), Admission::Probe, "it is still asked now and then");
        assert_eq!(breaker.admit(now), Admission::Down);
        assert!(breaker.good());
        assert_eq!(breaker.admit(now), Admission::Go);
    }

    #[test]
    fn a_host_that_never_answered_is_given_up_sooner() {
        let (mut breaker, now) = (Breaker::new(FIRST), Instant::now());
        (0..FAULTS).for_each(|_| _ = breaker.bad(false, now));
        assert_eq!(breaker.admit(now + FIRST), Admission::Probe);
        breaker.bad(true, now + FIRST);
        assert_eq!(breaker.admit(now + FIRST), Admission::Down);
    }
}
