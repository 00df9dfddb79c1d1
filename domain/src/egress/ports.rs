//! Ports at which services other than web sites listen.

use std::ops::RangeInclusive;

/// Whether a port may be one of a web site: 80, 443, or an unprivileged one that no other well-known service uses.
///
/// The other privileged ports belong to protocols such as SMTP, SSH and LDAP, where an HTTP request is an attack.
pub(super) fn is_web(port: u16) -> bool {
    matches!(port, 80 | 443 | 1024..) && service_at(port).is_none()
}

/// Returns the service that owns an unprivileged port, or `None` if a web site may use the port.
fn service_at(port: u16) -> Option<&'static str> {
    if cfg!(feature = "mutant-ports") {
        return None;
    }
    SERVICES.iter().find(|(ports, _)| ports.contains(&port)).map(|(_, service)| *service)
}

/// The ports above 1023 of services that take a request of a page for a command, for mail or for garbage, and what
/// the services are.
///
/// Includes the ports that browsers refuse ("port blocking" in the Fetch standard), so that such a URL is rejected
/// before it is debited, and three services that do speak HTTP: container engines, cluster stores and remote
/// management, where one request can take over the host. Ports that web sites use as well are left out, such as 2222
/// (SSH, and a control panel), 3128 (proxies), 8000, 8009 and 9000.
const SERVICES: [(RangeInclusive<u16>, &str); 69] = [
    (1080..=1080, "SOCKS: a proxy"),
    (1099..=1099, "Java RMI: executes code"),
    (1194..=1194, "OpenVPN"),
    (1352..=1352, "Lotus Notes"),
    (1414..=1414, "IBM MQ: a message broker"),
    (1433..=1434, "SQL Server: a database"),
    (1521..=1521, "Oracle: a database"),
    (1719..=1720, "H.323: telephony, refused by browsers"),
    (1723..=1723, "PPTP: a VPN, refused by browsers"),
    (1883..=1883, "MQTT: a message broker"),
    (1935..=1935, "RTMP: video streams"),
    (2049..=2049, "NFS: files, refused by browsers"),
    (2181..=2181, "the coordination service of Hadoop and Kafka: a cluster store"),
    (2375..=2377, "Docker: a container engine, root on its host"),
    (2379..=2380, "etcd: a cluster store, the state of Kubernetes"),
    (2483..=2484, "Oracle: a database"),
    (2525..=2525, "SMTP: mail, where providers block port 25"),
    (2888..=2888, "the coordination service of Hadoop and Kafka, between its nodes"),
    (3050..=3050, "Firebird: a database"),
    (3260..=3260, "iSCSI: disks"),
    (3268..=3269, "LDAP: the global catalogue of Active Directory"),
    (3306..=3306, "MySQL: a database"),
    (3389..=3389, "RDP: a remote desktop"),
    (3478..=3478, "STUN and TURN: relays"),
    (3659..=3659, "SASL: passwords, refused by browsers"),
    (3690..=3690, "Subversion: a repository"),
    (4045..=4045, "NFS: file locks, refused by browsers"),
    (4190..=4190, "ManageSieve: mail filters, refused by browsers"),
    (4222..=4222, "NATS: a message broker"),
    (4369..=4369, "the port mapper of Erlang: remote shells"),
    (4505..=4506, "Salt: executes commands"),
    (5038..=5038, "Asterisk: telephony, executes commands"),
    (5060..=5061, "SIP: telephony, refused by browsers"),
    (5222..=5223, "XMPP: chat"),
    (5269..=5269, "XMPP: chat between servers"),
    (5349..=5349, "STUN and TURN: relays"),
    (5432..=5433, "PostgreSQL: a database"),
    (5439..=5439, "Redshift: a database that speaks PostgreSQL's protocol"),
    (5555..=5555, "adb: a remote shell"),
    (5671..=5672, "AMQP: a message broker"),
    (5900..=5909, "VNC: a remote desktop"),
    (5985..=5986, "WinRM: a remote shell"),
    (6000..=6063, "X11: a remote desktop, its first port refused by browsers"),
    (6379..=6380, "Redis: a cache"),
    (6432..=6432, "PgBouncer: databases"),
    (6443..=6443, "Kubernetes: a container engine"),
    (6566..=6566, "SANE: scanners, refused by browsers"),
    (6660..=6669, "IRC: chat, refused by browsers"),
    (6679..=6679, "IRC: chat, refused by browsers"),
    (6697..=6697, "IRC: chat, refused by browsers"),
    (7199..=7199, "Cassandra: remote management"),
    (7687..=7687, "Neo4j: a database"),
    (8554..=8554, "RTSP: video streams"),
    (8883..=8883, "MQTT: a message broker"),
    (9042..=9042, "Cassandra: a database"),
    (9092..=9092, "Kafka: a message broker"),
    (9100..=9100, "printers: whatever is sent is printed"),
    (9142..=9142, "Cassandra: a database"),
    (9160..=9160, "Cassandra: a database"),
    (9300..=9300, "Elasticsearch: a search engine, between its nodes"),
    (9418..=9418, "Git: a repository"),
    (10080..=10080, "Amanda: backups, refused by browsers"),
    (10250..=10255, "the kubelet: a container engine"),
    (11211..=11211, "memcached: a cache"),
    (16379..=16379, "Redis: its cluster bus"),
    (26379..=26379, "Redis Sentinel"),
    (27017..=27019, "MongoDB: a database"),
    (33060..=33060, "MySQL: a database"),
    (61613..=61616, "ActiveMQ: a message broker"),
];

#[cfg(test)]
mod tests {
    use super::{SERVICES, is_web};

    /// The ports above 1023 that browsers refuse, as of Chromium 140.
    const REFUSED_BY_BROWSERS: [u16; 19] = [
        1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
        10080,
    ];

    #[test]
    fn the_table_is_sorted_and_each_row_has_a_reason() {
        for pair in SERVICES.windows(2) {
            assert!(pair[0].0.end() < pair[1].0.start(), "{pair:?}");
        }
        for (ports, service) in SERVICES {
            assert!(ports.start() > &1023 && !ports.is_empty() && service.len() > 3, "{ports:?} {service}");
        }
    }

    #[test]
    fn no_web_site_is_at_a_port_that_browsers_refuse_or_that_another_service_owns() {
        let well_known = [
            1433, 1521, 3306, 5432, 5439, 6379, 16379, 26379, 9042, 11211, 27017, 33060, 25, 465, 587, 2525, 22, 23,
            3389, 5900, 5985, 2375, 2376, 6443, 10250, 10255, 2379, 2181, 1883, 4222, 5672, 9092, 61616, 9300, 4369,
            9418, 7687, 1080, 3690,
        ];
        for port in REFUSED_BY_BROWSERS.into_iter().chain(well_known) {
            assert!(!is_web(port), "{port}");
        }
    }

    #[test]
    fn the_usual_ports_of_web_sites_and_their_control_panels_are_allowed() {
        for port in [
            80, 443, 1024, 1337, 2082, 2083, 2086, 2087, 2222, 3000, 3001, 4000, 4200, 4443, 5000, 5001, 5173, 5174,
            6064, 7000, 7001, 7443, 8000, 8008, 8009, 8080, 8081, 8088, 8090, 8181, 8443, 8444, 8880, 8888, 9000, 9001,
            9090, 9200, 9443, 10000, 10443, 19999, 20000, 32768, 49152, 50000, 65535,
        ] {
            assert!(is_web(port), "{port}");
        }
    }
}
