//! Floors: where the scan of a claim starts.

use std::time::{Duration, Instant};

use crate::job::lane::Lane;

/// How often the floor moves to the highest tag that this worker had claimed one move ago.
/// A job that commits below the floor, because its submission took longer than this, is
/// found by the next scan from zero.
const FLOOR_AGE: Duration = Duration::from_secs(5);

/// The tags per lane at which scans start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tags([i64; 2]);

impl Tags {
    /// The tag of a lane.
    pub(super) fn of(self, lane: Lane) -> i64 {
        let Self([interactive, bulk]) = self;
        match lane {
            Lane::Interactive => interactive,
            Lane::Bulk => bulk,
        }
    }
}

/// Where scans start: at what this worker had claimed a while ago and, whenever the floor
/// moves, once at zero.
#[derive(Debug, Default)]
pub(super) struct Floors {
    floor: Tags,
    next: Tags,
    highest: Tags,
    moved_at: Option<Instant>,
}

impl Floors {
    /// Returns where the next scan starts.
    pub(super) fn next(&mut self) -> Tags {
        if self.moved_at.is_some_and(|moved_at| moved_at.elapsed() < FLOOR_AGE) {
            return self.floor;
        }
        self.floor = std::mem::replace(&mut self.next, self.highest);
        self.moved_at = Some(Instant::now());
        Tags::default()
    }

    /// Records the tag of a claimed job.
    pub(super) fn claimed(&mut self, lane: i16, tag: i64) {
        let Tags([interactive, bulk]) = &mut self.highest;
        let highest = if lane == Lane::Interactive.number() { interactive } else { bulk };
        *highest = tag.max(*highest);
    }
}
