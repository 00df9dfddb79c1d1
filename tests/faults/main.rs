//! The service under faults: connections cut, servers restarted, processes killed.
