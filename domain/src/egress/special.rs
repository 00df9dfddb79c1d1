//! What is set apart: names and addresses that are not the public internet's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names that never belong to the public internet: single labels, and the domains set
/// apart by RFC 6761, 6762, 7686, 8375 and by custom.
pub(super) fn is_special(name: &str) -> bool {
    const SUFFIXES: [&str; 11] =
        ["localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp", "home", "invalid", "test", "onion"];
    let name = name.trim_end_matches('.');
    let under = |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || SUFFIXES.iter().any(|suffix| under(suffix))
}

/// The names that mean this machine, by RFC 6761.
pub(super) fn is_loopback_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const DENIED: [([u8; 4], u32); 19] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([168, 63, 129, 16], 32),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 31, 196, 0], 24),
        ([192, 52, 193, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([192, 175, 48, 0], 24),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    let within =
        |network: [u8; 4], bits: u32| (address.to_bits() ^ Ipv4Addr::from(network).to_bits()) >> (32 - bits) == 0;
    !DENIED.iter().any(|(network, bits)| within(*network, *bits))
}

/// Only global unicast (`2000::/3`), less what is set apart inside it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, third, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let protocols = first == 0x2001 && second < 0x0200;
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let six_to_four = first == 0x2002;
    let as112 = first == 0x2620 && second == 0x004f && third == 0x8000;
    global && !protocols && !documentation && !six_to_four && !as112
}
