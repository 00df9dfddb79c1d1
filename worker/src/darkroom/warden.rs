//! The warden: weighs the browsers that are rendered in, and tells of those that take more
//! memory than they may. A page can ask for gigabytes within seconds, and gets them.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::Shelf;

/// How often browsers are weighed: a page that fills memory as fast as it can fills a
/// quarter of a gigabyte meanwhile.
const EVERY: Duration = Duration::from_millis(400);

/// Weighs browsers, for ever. More than `most` bytes are too many.
pub(crate) async fn watch(shelf: Shelf, most: u64) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let watched = shelf.watched();
        if watched.is_empty() {
            continue;
        }
        let mut weights: HashMap<i32, u64> = watched.iter().map(|(group, _)| (group.as_raw(), 0)).collect();
        weigh(&mut weights);
        for (group, state) in watched {
            state.weigh(weights.get(&group.as_raw()).copied().unwrap_or_default(), most);
        }
    }
}

/// Adds up what the processes of each group take, shared memory and their own, without the
/// files that they have in common.
fn weigh(groups: &mut HashMap<i32, u64>) {
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let name = process.file_name();
        if !name.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let read = |file: &str| fs::read_to_string(process.path().join(file)).unwrap_or_default();
        if let Some(weight) = group(&read("stat")).and_then(|group| groups.get_mut(&group)) {
            *weight += taken(&read("status"));
        }
    }
}

/// The process group, out of `/proc/<pid>/stat`: the third word after the name, which may
/// itself hold spaces and brackets.
pub(crate) fn group(stat: &str) -> Option<i32> {
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(2)?.parse().ok()
}

/// Bytes of memory, out of `/proc/<pid>/status`.
fn taken(status: &str) -> u64 {
    let kilobytes = |line: &str| {
        let amount = line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:"))?;
        amount.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    status.lines().filter_map(kilobytes).sum::<u64>() * 1024
}

#[cfg(test)]
mod tests {
    use super::{group, taken};

    #[test]
    fn a_process_says_its_group_whatever_its_name() {
        assert_eq!(group("17 (a) b (c) S 1 42 42 0 -1"), Some(42));
        assert_eq!(group(""), None);
    }

    #[test]
    fn what_is_shared_with_everybody_weighs_nothing() {
        let status = "Name:\tx\nVmRSS:\t  900 kB\nRssAnon:\t  100 kB\nRssFile:\t  700 kB\nRssShmem:\t   28 kB\n";

        assert_eq!(taken(status), 128 * 1024);
    }
}
