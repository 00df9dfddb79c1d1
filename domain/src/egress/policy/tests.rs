//! The policy's decisions, by table.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Denied, OwnAddresses, Policy};
use crate::options::TargetUrl;

fn check(policy: &Policy, raw: &str) -> Result<(), Denied> {
    policy.check_target(&TargetUrl::parse(raw).expect(raw))
}

#[test]
fn public_targets_are_allowed() {
    for raw in [
        "https://example.com/",
        "http://93.184.216.34/",
        "http://172.15.255.255/",
        "http://172.32.0.1/",
        "http://100.63.255.255/",
        "http://100.128.0.1/",
        "http://169.253.255.255/",
        "http://[2606:4700::1111]/",
    ] {
        assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
    }
}

#[test]
fn private_and_reserved_addresses_are_denied_in_every_spelling() {
    for raw in [
        "http://127.0.0.1/",
        "http://0/",
        "http://0x0/",
        "http://0.0.0.0/",
        "http://0.1.2.3/",
        "http://2130706433/",
        "http://0177.1/",
        "http://127.0.0.1./",
        "HTTP://127.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "http://0x7f000001/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://169.254.170.2/",
        "http://169.254.170.23/",
        "http://192.0.0.192/",
        "http://168.63.129.16/",
        "http://100.64.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "hTTps://[::FFFF:7F00:0001]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::7f00:1]/",
        "http://[64:ff9b:1::1]/",
        "http://[100::1]/",
        "http://[2620:4f:8000::1]/",
        "http://[2001::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[fd00:ec2::23]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
    ] {
        assert_eq!(check(&Policy::default(), raw), Err(Denied::Address), "{raw}");
    }
}

#[test]
fn names_of_private_networks_are_denied() {
    for raw in [
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://printer/",
        "http://nas.local/",
        "http://metadata.google.internal/",
        "http://html.render.localhost/",
        "http://router.home.arpa/",
        "http://home.arpa/",
        "http://LOCALHOST。/",
        "http://nas.ｌｏｃａｌ/",
        "http://nas.local../",
        "http://localhost.localdomain/",
        "http://wiki.private/",
        "http://site.alt/",
        "http://kubernetes/",
        "http://localhost6/",
        "http://ip6-localhost/",
        "http://ip6-loopback/",
        "http://host.docker.internal/",
        "http://gateway.docker.internal./",
        "http://wiki.corp/",
        "http://a.onion/",
    ] {
        assert_eq!(check(&Policy::default(), raw), Err(Denied::Name), "{raw}");
    }
}

#[test]
fn names_that_only_resemble_private_ones_are_allowed() {
    for raw in [
        "http://localhost.example.com/",
        "http://notlocal.com/",
        "http://internal.dev/",
        "http://mylan.net/",
        "http://svc.example.com/",
        "http://api.svc.example.com/",
        "http://index.svc.us-east1.example.io/",
        "http://default.example.com/",
        "http://consul.io/",
        "http://mysvc.com/",
    ] {
        assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
    }
}

#[test]
fn the_url_parser_decides_which_part_of_a_url_is_the_host() {
    for raw in ["http://example.com#@127.0.0.1/", "http://example.com\\@127.0.0.1/", "http://example.com/?@127.0.0.1"] {
        assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
    }
}

#[test]
fn ports_of_other_protocols_are_denied() {
    for port in [0, 1, 22, 25, 53, 81, 110, 442, 444, 587, 636, 1023, 2049, 2375, 3306, 5432, 6000, 6379, 11211, 27017]
    {
        for host in ["93.184.216.34", "[2606:4700::1111]", "example.com"] {
            let raw = format!("http://{host}:{port}/");

            assert_eq!(check(&Policy::default(), &raw), Err(Denied::Port), "{raw}");
        }
    }
    for port in [80, 443, 1024, 8080, 65535] {
        assert_eq!(check(&Policy::default(), &format!("http://example.com:{port}/")), Ok(()), "{port}");
    }
    assert_eq!(
        check(&Policy::default(), "http://127.0.0.1:22/"),
        Err(Denied::Address),
        "the more specific reason wins"
    );
    assert_eq!(check(&Policy::default(), "http://localhost:22/"), Err(Denied::Name), "the more specific reason wins");
}

#[test]
fn an_exception_can_open_a_port_of_a_public_network() {
    let policy: Policy = "93.184.216.0/24:22".parse().expect("an exception");

    assert_eq!(check(&policy, "http://93.184.216.34:22/"), Ok(()));
    assert_eq!(check(&policy, "http://93.184.217.34:22/"), Err(Denied::Port));
    assert_eq!(check(&policy, "http://example.com:22/"), Ok(()), "its addresses are checked after resolution");
}

#[test]
fn this_machine_is_denied_under_its_public_address() {
    let own: IpAddr = [93, 184, 216, 34].into();
    let exceptions = "93.184.216.34/32:8080".parse::<Policy>().expect("an exception").exceptions;
    let policy = Policy { exceptions, own: Arc::new(OwnAddresses::fixed(&[own])) };

    assert_eq!(check(&policy, "http://93.184.216.34/"), Err(Denied::Address));
    assert_eq!(check(&policy, "http://[::ffff:93.184.216.34]/"), Err(Denied::Address));
    assert_eq!(check(&policy, "http://93.184.216.34:8080/"), Ok(()), "an exception overrides own addresses");
    assert_eq!(check(&policy, "http://93.184.216.35/"), Ok(()));
}

#[test]
fn an_exception_covers_one_network_at_one_port() {
    let policy: Policy = "127.0.0.1/32:8099, 10.0.0.0/8:443".parse().expect("exceptions");

    assert_eq!(check(&policy, "http://127.0.0.1:8099/"), Ok(()));
    assert_eq!(check(&policy, "http://[::ffff:127.0.0.1]:8099/"), Ok(()));
    assert_eq!(check(&policy, "http://localhost:8099/"), Ok(()), "its addresses are checked after resolution");
    assert_eq!(check(&policy, "http://127.0.0.1:5432/"), Err(Denied::Address));
    assert_eq!(check(&policy, "https://10.1.2.3/"), Ok(()));
    assert_eq!(check(&policy, "http://127.0.0.2:8099/"), Err(Denied::Address));
    assert_eq!(check(&policy, "http://localhost:5432/"), Err(Denied::Name));
}

/// The services of clusters, in spellings that are one name.
const CLUSTER: [&str; 16] = [
    "kubernetes.default.svc.cluster.local",
    "kubernetes.default.svc.cluster.local.",
    "KUBERNETES.Default.SVC.Cluster.Local",
    "kubernetes.default.svc",
    "kubernetes.default.svc.",
    "kubernetes.default",
    "kube-dns.kube-system",
    "kube-dns.kube-system.svc",
    "cluster.local",
    "kubernetes。default．svc｡cluster。local",
    "ｋｕｂｅｒｎｅｔｅｓ.default.ｓｖｃ",
    "kubernetes.default%2esvc",
    "vault.service.consul",
    "web.marathon.mesos",
    "db.project.docker",
    "guest.incus",
];

#[test]
fn the_names_of_a_cluster_are_denied_even_at_the_port_of_an_exception_for_addresses() {
    let policy: Policy = "10.0.0.0/8:80,0.0.0.0/0:443,*:8080,wiki.corp:9000".parse().expect("exceptions");
    for name in CLUSTER {
        for port in [80, 443, 8080, 9000, 8443] {
            let raw = format!("http://{name}:{port}/");

            assert_eq!(check(&policy, &raw), Err(Denied::Name), "{raw}");
            assert_eq!(check(&Policy::default(), &raw), Err(Denied::Name), "{raw}");
        }
    }
}

#[test]
fn an_exception_for_a_name_lets_it_be_resolved_and_its_addresses_decide() {
    let policy: Policy = "*.svc.cluster.local:443,api.prod.svc:80,10.96.0.0/12:443".parse().expect("exceptions");
    let addresses = |raw: &str, address: &str| {
        let target = TargetUrl::parse(raw).expect(raw);
        policy.check_addresses(&target.host(), &[address.parse().expect(address)], target.port()).map(|_| ())
    };

    for raw in ["https://a.b.svc.cluster.local/", "https://A.B.svc.cluster.local./", "http://api.prod.svc/"] {
        assert_eq!(check(&policy, raw), Ok(()), "{raw}");
        assert_eq!(check(&Policy::default(), raw), Err(Denied::Name), "{raw}");
    }
    for raw in [
        "http://a.b.svc.cluster.local/",
        "https://svc.cluster.local/",
        "https://api.prod.svc/",
        "http://b.api.prod.svc/",
    ] {
        assert_eq!(check(&policy, raw), Err(Denied::Name), "{raw}");
    }
    assert_eq!(addresses("https://a.b.svc.cluster.local/", "10.96.0.1"), Ok(()));
    assert_eq!(addresses("https://a.b.svc.cluster.local/", "93.184.216.34"), Ok(()));
    assert_eq!(addresses("https://a.b.svc.cluster.local/", "10.200.0.1"), Err(Denied::Address));
    assert_eq!(addresses("http://api.prod.svc/", "10.96.0.1"), Err(Denied::Address), "its port has no exception");
}

#[test]
fn the_site_of_html_jobs_cannot_be_opened() {
    let policy: Policy = "*.localhost:80,render.localhost:80,127.0.0.1/32:80,*:80".parse().expect("exceptions");

    for raw in ["http://render.localhost/", "http://a.render.localhost./"] {
        assert_eq!(check(&policy, raw), Err(Denied::Name), "{raw}");
    }
}

#[test]
fn an_exception_for_every_public_host_opens_a_port_and_nothing_private() {
    let policy: Policy = "*:5432".parse().expect("an exception");

    for raw in ["http://93.184.216.34:5432/", "http://example.com:5432/", "http://[2606:4700::1111]:5432/"] {
        assert_eq!(check(&policy, raw), Ok(()), "{raw}");
    }
    for (raw, denied) in [
        ("http://10.0.0.1:5432/", Denied::Address),
        ("http://[::ffff:127.0.0.1]:5432/", Denied::Address),
        ("http://db.internal:5432/", Denied::Name),
        ("http://db:5432/", Denied::Name),
        ("http://93.184.216.34:3306/", Denied::Port),
    ] {
        assert_eq!(check(&policy, raw), Err(denied), "{raw}");
    }
}

#[test]
fn an_exception_for_a_public_name_opens_the_port_of_its_public_addresses_alone() {
    let policy: Policy = "db.example.com:5432".parse().expect("an exception");
    let addresses = |name: &str, address: &str| {
        let host = url::Host::parse(name).expect(name);
        policy.check_addresses(&host, &[address.parse().expect(address)], 5432).map(|_| ())
    };

    assert_eq!(addresses("db.example.com", "93.184.216.34"), Ok(()));
    assert_eq!(addresses("db.example.com", "10.0.0.1"), Err(Denied::Address), "no rebinding to a private address");
    assert_eq!(addresses("www.example.com", "93.184.216.34"), Err(Denied::Port));
    assert_eq!(addresses("93.184.216.34", "93.184.216.34"), Err(Denied::Port));
}
