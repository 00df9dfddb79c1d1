//! The limits that the system sets this process: open files, processes, memory, and disk space.

use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::statvfs::statvfs;
use procfs::{Current, Meminfo};

/// The most files that are asked for: containers may allow a billion, for which some kernels
/// and programs reserve memory.
const MAX_OPEN_FILES: u64 = 1024 * 1024;

/// Raises the limit of open files as far as the system allows, and returns it.
pub fn raise_open_files() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 0 };
    let wanted = hard.min(MAX_OPEN_FILES).max(soft);
    match setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
        Ok(()) => wanted,
        Err(_) => soft,
    }
}

/// Returns how many processes and threads may exist: the user's limit, or that of the cgroup.
pub fn processes() -> Option<u64> {
    let own = getrlimit(Resource::RLIMIT_NPROC).ok().map(|(soft, _)| soft).filter(|limit| *limit < u64::MAX);
    own.into_iter().chain(smallest("pids", &["pids.max"])).min()
}

/// Returns how much memory this process and those that it starts may use, in bytes: the limit of
/// the cgroup.
pub fn memory() -> Option<u64> {
    smallest("memory", &["memory.max", "memory.limit_in_bytes"])
}

/// How much memory there is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What the cgroup allows, or the machine has.
    pub total: u64,
    /// What may still be allocated: cached files count, because the kernel drops them.
    pub available: u64,
}

/// Returns how much memory there is: the machine's, or what a cgroup leaves of it.
pub fn memory_now() -> Option<Memory> {
    let machine = Meminfo::current().ok()?;
    let whole = Memory { total: machine.mem_total, available: machine.mem_available.unwrap_or(machine.mem_free) };
    let membership = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let cgroups = cgroups(Path::new("/sys/fs/cgroup"), &membership, "memory");
    Some(cgroups.iter().filter_map(|directory| memory_of(directory)).fold(whole, |least, cgroup| Memory {
        total: least.total.min(cgroup.total),
        available: least.available.min(cgroup.available),
    }))
}

/// Returns the memory of a cgroup that has a limit.
fn memory_of(cgroup: &Path) -> Option<Memory> {
    let number = |name: &str| fs::read_to_string(cgroup.join(name)).ok()?.trim().parse::<u64>().ok();
    let total = number("memory.max").or_else(|| number("memory.limit_in_bytes"))?;
    if is_unlimited(total) {
        return None;
    }
    let used = number("memory.current").or_else(|| number("memory.usage_in_bytes"))?;
    let stat = fs::read_to_string(cgroup.join("memory.stat")).unwrap_or_default();
    let sum = |names: [&str; 2]| -> u64 {
        let lines = stat.lines().filter_map(|line| line.split_once(' '));
        lines.filter(|(name, _)| names.contains(name)).filter_map(|(_, bytes)| bytes.parse::<u64>().ok()).sum()
    };
    // In version 1, the first do not have the cgroups below.
    let cached = sum(["inactive_file", "active_file"]).max(sum(["total_inactive_file", "total_active_file"]));
    Some(Memory { total, available: total.saturating_sub(used.saturating_sub(cached)) })
}

/// Returns the space that is left in a directory, in bytes.
pub fn free_space(directory: &Path) -> Option<u64> {
    let disk = statvfs(directory).ok()?;
    Some(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

fn smallest(controller: &str, files: &[&str]) -> Option<u64> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    smallest_of(&cgroups(Path::new("/sys/fs/cgroup"), &membership, controller), files)
}

/// Returns the directories of this process's cgroups, and of those that contain them. A container
/// sees its own cgroup at the root, whatever its path is outside.
fn cgroups(root: &Path, membership: &str, controller: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in membership.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let base = match controllers {
            "" => root.to_owned(),
            names if names.split(',').any(|name| name == controller) => root.join(controller),
            _ => continue,
        };
        let own = Path::new(path.trim_start_matches('/'));
        found.extend(own.ancestors().map(|ancestor| base.join(ancestor)));
    }
    found
}

fn smallest_of(directories: &[PathBuf], files: &[&str]) -> Option<u64> {
    let paths = directories.iter().flat_map(|directory| files.iter().map(|file| directory.join(file)));
    paths
        .filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok())
        .filter(|limit| !is_unlimited(*limit))
        .min()
}

/// Cgroups of version 1 write a number near the largest one instead of `max`.
fn is_unlimited(limit: u64) -> bool {
    limit >= 1 << 60
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, write};
    use std::path::Path;

    use nix::sys::resource::{Resource, getrlimit};

    use super::{Memory, cgroups, free_space, memory_now, memory_of, raise_open_files, smallest_of};

    #[test]
    fn the_smallest_limit_of_the_cgroups_above_counts() {
        let root = tempfile::tempdir().expect("a directory");
        let file = |path: &str, text: &str| {
            let path = root.path().join(path);
            create_dir_all(path.parent().expect("a parent")).expect("a directory");
            write(path, text).expect("a file");
        };
        file("a/memory.max", "1000\n");
        file("a/b/memory.max", "max\n");
        file("memory/c/memory.limit_in_bytes", "500\n");
        file("memory/memory.limit_in_bytes", "9223372036854771712\n");

        for (membership, expected) in [
            ("0::/a/b", Some(1000)),
            ("0::/a/b\n4:memory:/c", Some(500)),
            ("4:memory:/", None),
            ("4:cpu,memory:/unseen/by/the/container", None),
            ("0::/", None),
            ("nonsense", None),
        ] {
            let directories = cgroups(root.path(), membership, "memory");
            assert_eq!(smallest_of(&directories, &["memory.max", "memory.limit_in_bytes"]), expected, "{membership}");
        }
    }

    #[test]
    fn the_files_that_a_cgroup_caches_are_available() {
        let root = tempfile::tempdir().expect("a directory");
        for (files, expected) in [
            (
                [
                    ("memory.max", "1000"),
                    ("memory.current", "700"),
                    ("memory.stat", "anon 9\ninactive_file 300\nactive_file 50\n"),
                ],
                650,
            ),
            (
                [
                    ("memory.limit_in_bytes", "1000"),
                    ("memory.usage_in_bytes", "1200"),
                    ("memory.stat", "inactive_file 9\ntotal_inactive_file 100\n"),
                ],
                0,
            ),
        ] {
            let cgroup = root.path().join(files[0].0);
            create_dir_all(&cgroup).expect("a directory");
            assert_eq!(memory_of(&cgroup), None, "without files");
            for (name, text) in files {
                write(cgroup.join(name), text).expect("a file");
            }

            assert_eq!(memory_of(&cgroup), Some(Memory { total: 1000, available: expected }));
            write(cgroup.join(files[0].0), "max").expect("a file");
            assert_eq!(memory_of(&cgroup), None, "without a limit");
        }
    }

    #[test]
    fn some_of_the_memory_of_this_machine_is_available() {
        let memory = memory_now().expect("the memory of this machine");

        assert!(memory.available > 0 && memory.available <= memory.total, "{memory:?}");
    }

    #[test]
    fn the_limit_of_open_files_is_raised_to_the_hard_limit() {
        let raised = raise_open_files();

        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
        assert_eq!((raised, soft), (soft, hard.min(super::MAX_OPEN_FILES).max(soft)));
    }

    #[test]
    fn the_free_space_of_a_missing_directory_is_unknown() {
        assert_eq!(free_space(Path::new("/nonexistent")), None);
        assert!(free_space(Path::new("/")).is_some());
    }
}
