//! A network of a test's own, which leads nowhere: what would leave the machine is counted.
//!
//! ```text
//!   lo    127.0.0.1, ::1, and addresses that no page may reach: canaries sit there
//!   out0  where the default route leads: nobody is at its other end
//! ```
//! It takes root. Elsewhere tests make do with the addresses of the loopback device.

use std::fs::{Permissions, read_to_string, set_permissions};
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::geteuid;
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;

/// Addresses of a network of a test's own that no page may reach: this machine, a cloud's
/// metadata, a private network, one for documentation, and the machine's own public one.
const FORBIDDEN: [&str; 7] =
    ["127.0.0.1", "::1", "169.254.169.254", "10.9.8.7", "203.0.113.10", "fd00:ec2::254", OWN_PUBLIC];

/// What a machine on the internet might have.
const OWN_PUBLIC: &str = "93.184.216.77";

/// The addresses that there are without root.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/// Names are asked for at a canary: whoever does so goes past the resolver that they were told.
const RESOLV: &str = "nameserver 10.9.8.7\noptions timeout:1 attempts:1\n";

/// The kernel itself says nothing on a device without IPv6 and ARP.
const SET_UP: &str = r#"
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

/// Where a test is.
pub struct Network {
    own: bool,
}

/// Tells a story in a network of its own, where that can be had. To be called before
/// anything else has begun: threads started later are in it, too.
pub fn apart(happen: impl AsyncFnOnce(&Network)) {
    let network = Network::enter();
    Runtime::new().expect("a runtime").block_on(happen(&network));
}

impl Network {
    fn enter() -> Self {
        let own = geteuid().is_root() && unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).is_ok();
        let network = Self { own };
        if own {
            let mut resolv = NamedTempFile::new().expect("a file");
            resolv.write_all(RESOLV.as_bytes()).expect("a written file");
            set_permissions(resolv.path(), Permissions::from_mode(0o644)).expect("our file");
            let mut set_up = Command::new("sh");
            set_up.args(["-c", SET_UP]).env("RESOLV", resolv.path()).env("OWN_PUBLIC", OWN_PUBLIC);
            let set_up = set_up.output().expect("a shell");
            let complaint = String::from_utf8_lossy(&set_up.stderr);
            assert!(set_up.status.success(), "no network of its own (`ip` is of iproute2): {complaint}");
            network.assert_nothing_left();
        } else {
            eprintln!("no network of its own without root: what leaves the machine is not counted");
        }
        network
    }

    /// Whether what leaves is counted.
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Addresses that no page may reach.
    pub fn forbidden(&self) -> Vec<IpAddr> {
        let addresses = if self.own { FORBIDDEN.as_slice() } else { &LOOPBACK };
        addresses.iter().map(|address| address.parse().expect("an address")).collect()
    }

    /// How many packets would have left the machine.
    pub fn left(&self) -> u64 {
        if !self.own {
            return 0;
        }
        let devices = read_to_string("/proc/thread-self/net/dev").expect("/proc is there");
        let line = devices.lines().find_map(|line| line.trim().strip_prefix("out0:")).expect("the device is there");
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let [sent, dropped] = [numbers[9], numbers[11]];
        sent + dropped
    }

    /// Fails the test if anything has left the machine.
    pub fn assert_nothing_left(&self) {
        assert_eq!(self.left(), 0, "packets left the machine");
    }
}
