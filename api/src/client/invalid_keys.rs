//! Limits the invalid keys that an address may send.
//!
//! This is the generic cell rate algorithm: an address has the time at which its next invalid
//! key would arrive at the allowed rate, and keys may be early by a burst. The state is this
//! process's own, and its size is bounded.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many invalid keys an address may send at once. One more is allowed every `SPACING`.
const BURST: u32 = 20;

/// The time that one invalid key takes to be forgotten: 20 in a minute.
const SPACING: Duration = Duration::from_secs(3);

/// How many addresses have a budget of their own: 3 MB. Beyond them, all others share one, so an
/// attacker with many addresses cannot have its own forgotten.
const MAX_ADDRESSES: usize = 50_000;

/// How often the addresses that have a full budget again are removed. It takes about 1 ms.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(1);

/// The budgets of the addresses that sent invalid keys. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct InvalidKeys(Arc<Mutex<Budgets>>);

/// The address has sent too many invalid keys.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// When it may send another one.
    pub(crate) retry_after: Duration,
}

#[derive(Debug, Default)]
struct Budgets {
    next_arrivals: HashMap<IpAddr, Instant>,
    next_arrival_of_others: Option<Instant>,
    cleaned_up_at: Option<Instant>,
}

impl InvalidKeys {
    /// Counts an invalid key from an address. Fails, and counts nothing, if there were too many.
    pub(crate) fn record(&self, address: IpAddr, now: Instant) -> Result<(), TooMany> {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next_arrival = budgets.next_arrival(network(address), now);
        let wait = next_arrival.saturating_duration_since(now).saturating_sub(SPACING * (BURST - 1));
        if !wait.is_zero() {
            return Err(TooMany { retry_after: wait });
        }
        *next_arrival = (*next_arrival).max(now) + SPACING;
        Ok(())
    }
}

impl Budgets {
    fn next_arrival(&mut self, network: IpAddr, now: Instant) -> &mut Instant {
        if self.next_arrivals.len() >= MAX_ADDRESSES && !self.next_arrivals.contains_key(&network) {
            self.clean_up(now);
            if self.next_arrivals.len() >= MAX_ADDRESSES {
                return self.next_arrival_of_others.get_or_insert(now);
            }
        }
        self.next_arrivals.entry(network).or_insert(now)
    }

    fn clean_up(&mut self, now: Instant) {
        let is_due = self.cleaned_up_at.is_none_or(|last| now.saturating_duration_since(last) >= CLEANUP_INTERVAL);
        if is_due {
            self.next_arrivals.retain(|_, next_arrival| *next_arrival > now);
            self.cleaned_up_at = Some(now);
        }
    }
}

/// Returns what counts as one address. A client with IPv6 usually has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    use super::{BURST, CLEANUP_INTERVAL, InvalidKeys, MAX_ADDRESSES, SPACING, TooMany};

    fn address(raw: &str) -> IpAddr {
        raw.parse().expect("an address")
    }

    fn numbered(number: usize) -> IpAddr {
        Ipv4Addr::from_bits(u32::try_from(number).expect("few addresses")).into()
    }

    fn exhaust(keys: &InvalidKeys, address: IpAddr, now: Instant) {
        for _ in 0..BURST {
            keys.record(address, now).expect("the budget is not exhausted");
        }
    }

    #[test]
    fn the_twenty_first_invalid_key_in_a_minute_is_one_too_many() {
        let (keys, now) = (InvalidKeys::default(), Instant::now());
        exhaust(&keys, address("203.0.113.7"), now);

        for _ in 0..3 {
            assert_eq!(keys.record(address("203.0.113.7"), now), Err(TooMany { retry_after: SPACING }));
        }
        assert_eq!(keys.record(address("203.0.113.8"), now), Ok(()), "another address has a budget of its own");
    }

    #[test]
    fn one_more_key_is_allowed_after_each_spacing_and_all_after_a_minute() {
        let (keys, now) = (InvalidKeys::default(), Instant::now());
        let client = address("203.0.113.7");
        exhaust(&keys, client, now);

        assert!(keys.record(client, now + Duration::from_millis(2_999)).is_err());
        assert_eq!(keys.record(client, now + SPACING), Ok(()));
        assert!(keys.record(client, now + SPACING).is_err());
        exhaust(&keys, client, now + SPACING + Duration::from_mins(1));
    }

    #[test]
    fn the_addresses_of_an_ipv6_network_share_a_budget() {
        let (keys, now) = (InvalidKeys::default(), Instant::now());
        exhaust(&keys, address("2001:db8:1:2::1"), now);

        assert!(keys.record(address("2001:db8:1:2:ffff::9"), now).is_err());
        assert!(keys.record(address("2001:db8:1:3::1"), now).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_no_address_is_forgotten_early() {
        let (keys, now) = (InvalidKeys::default(), Instant::now());
        exhaust(&keys, numbered(0), now);
        for number in 1..MAX_ADDRESSES {
            keys.record(numbered(number), now).expect("the budget is not exhausted");
        }
        let others = (MAX_ADDRESSES..2 * MAX_ADDRESSES).filter(|&number| keys.record(numbered(number), now).is_ok());

        assert_eq!(others.count(), BURST as usize, "the others share one budget");
        assert!(keys.record(numbered(0), now).is_err());
        assert_eq!(keys.0.lock().expect("no panic").next_arrivals.len(), MAX_ADDRESSES);
    }

    #[test]
    fn addresses_with_a_full_budget_make_room() {
        let (keys, now) = (InvalidKeys::default(), Instant::now());
        for number in 0..=MAX_ADDRESSES {
            keys.record(numbered(number), now).expect("the budget is not exhausted");
        }
        let later = now + SPACING + CLEANUP_INTERVAL;

        exhaust(&keys, numbered(MAX_ADDRESSES + 1), later);
        exhaust(&keys, numbered(MAX_ADDRESSES + 2), later);

        assert_eq!(keys.0.lock().expect("no panic").next_arrivals.len(), 2);
    }
}
