//! A network of the test's own, which leads nowhere: packets that would leave are counted.
//!
//! ```text
//!   lo    127.0.0.1, ::1, and addresses that no page may reach, where canaries listen
//!   out0  the device of the default route: nothing is at its other end
//! ```
//! It takes root. Without it, tests use the addresses of the loopback device.

use std::fs::{Permissions, read_to_string, set_permissions};
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::geteuid;
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;

use crate::skip;

/// Addresses of an isolated network that no page may reach: loopback, cloud metadata, private,
/// documentation, and the machine's own public address.
const DENIED: [&str; 7] =
    ["127.0.0.1", "::1", "169.254.169.254", "10.9.8.7", "203.0.113.10", "fd00:ec2::254", OWN_PUBLIC];

/// A public address, as a machine on the internet has one.
const OWN_PUBLIC: &str = "93.184.216.77";

/// The addresses that exist without root.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/// The system's resolver is a canary: a query there bypassed the configured resolver.
const RESOLV: &str = "nameserver 10.9.8.7\noptions timeout:1 attempts:1\n";

/// Without IPv6 and ARP, the kernel itself sends nothing on the device.
const SETUP: &str = r#"
    set -eu
    mount --make-rprivate /
    mount --bind "$RESOLV" /etc/resolv.conf
    ip link set lo up
    ip link add out0 type veth peer name out1
    for end in out0 out1; do
        if [ -e /proc/sys/net/ipv6/conf/$end ]; then echo 1 >/proc/sys/net/ipv6/conf/$end/disable_ipv6; fi
        ip link set $end arp off
        ip link set $end up
    done
    ip address add "$OWN_PUBLIC/24" dev out0
    ip route add default via 93.184.216.1
    for address in 169.254.169.254/32 10.9.8.7/32 203.0.113.10/32; do ip address add $address dev lo; done
    ip address add fd00:ec2::254/128 dev lo nodad || true
"#;

/// The network that a test runs in.
pub struct Network {
    isolated: bool,
}

/// Runs a test in an isolated network, where possible. It must be called before the process
/// starts any thread: only later threads enter the network.
pub fn in_own_network(test: impl AsyncFnOnce(&Network)) {
    let network = Network::enter();
    Runtime::new().expect("a runtime").block_on(test(&network));
}

impl Network {
    fn enter() -> Self {
        let isolated = geteuid().is_root() && unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).is_ok();
        let network = Self { isolated };
        if isolated {
            let mut resolv = NamedTempFile::new().expect("a file");
            resolv.write_all(RESOLV.as_bytes()).expect("the file is written");
            set_permissions(resolv.path(), Permissions::from_mode(0o644)).expect("a readable file");
            let mut setup = Command::new("sh");
            setup.args(["-c", SETUP]).env("RESOLV", resolv.path()).env("OWN_PUBLIC", OWN_PUBLIC);
            let setup = setup.output().expect("a shell");
            let stderr = String::from_utf8_lossy(&setup.stderr);
            assert!(setup.status.success(), "the network cannot be set up (`ip` is part of iproute2): {stderr}");
            network.assert_no_packets_sent();
        } else {
            skip("without root there is no isolated network, and packets that leave are not counted");
        }
        network
    }

    /// Whether packets that leave are counted.
    pub fn is_isolated(&self) -> bool {
        self.isolated
    }

    /// Returns addresses that no page may reach.
    pub fn denied_addresses(&self) -> Vec<IpAddr> {
        let addresses = if self.isolated { DENIED.as_slice() } else { &LOOPBACK };
        addresses.iter().map(|address| address.parse().expect("an address")).collect()
    }

    /// Returns the number of packets that would have left the machine.
    pub fn packets_sent(&self) -> u64 {
        if !self.isolated {
            return 0;
        }
        let devices = read_to_string("/proc/thread-self/net/dev").expect("/proc is mounted");
        let line = devices.lines().find_map(|line| line.trim().strip_prefix("out0:")).expect("the device exists");
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let [sent, dropped] = [numbers[9], numbers[11]];
        sent + dropped
    }

    /// Fails the test if a packet has left the machine.
    pub fn assert_no_packets_sent(&self) {
        assert_eq!(self.packets_sent(), 0, "packets left the machine");
    }
}
