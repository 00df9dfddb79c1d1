//! The nemesis: deals faults, one or two at a time, and heals them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use harness::FaultPoint::{After, Before, During};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tokio::time::{Instant, sleep};

use super::fault::{Injected, Kind, Target};
use super::fleet::Fleet;
use super::history::History;
use crate::faults::{BEAT, CLAIM, COMPLETE, SUBMIT};

/// How long a part may take to be ready after it was healed. A lease is given up after 10 s, and a browser of a busy
/// machine may have to be started several times.
const RECOVERY: Duration = harness::TEST_TIMEOUT;

/// The deck. Each kind is dealt once before any is dealt again.
const KINDS: [Kind; 24] = [
    Kind::Kill,
    Kind::Kill,
    Kind::Terminate,
    Kind::Terminate,
    Kind::Pause,
    Kind::Pause,
    Kind::CloseLog,
    Kind::CloseLog,
    Kind::Disconnect,
    Kind::Freeze,
    Kind::CutStatement(SUBMIT, Before),
    Kind::CutStatement(SUBMIT, During),
    Kind::CutStatement(SUBMIT, After),
    Kind::CutStatement(CLAIM, After),
    Kind::CutStatement(COMPLETE, During),
    Kind::CutStatement(COMPLETE, After),
    Kind::HoldStatement(COMPLETE, After),
    Kind::HoldStatement(BEAT, Before),
    Kind::ExhaustFiles,
    Kind::SlowClients,
    Kind::KillBrowsers,
    Kind::CrashPostgres,
    Kind::ReadOnly,
    Kind::FailOver,
];

/// Breaks parts of a fleet, and heals them.
pub(super) struct Nemesis {
    random: StdRng,
    history: Arc<History>,
    deck: Vec<Kind>,
    dealt: BTreeMap<String, u64>,
    rounds: u64,
    longest_recovery: Duration,
}

/// A fault and the member that it breaks.
type Pick = (Kind, usize);

impl Nemesis {
    pub(super) fn new(random: StdRng, history: Arc<History>) -> Self {
        let (deck, dealt) = (Vec::new(), BTreeMap::new());
        Self { random, history, deck, dealt, rounds: 0, longest_recovery: Duration::ZERO }
    }

    /// Injects one fault or two, heals them, and waits until every part is ready again.
    pub(super) async fn round(&mut self, fleet: &mut Fleet) {
        self.rounds += 1;
        let picks = self.pick(fleet);
        let longest = picks.iter().map(|(kind, _)| kind.longest()).max().unwrap_or_default();
        let duration = self.random.random_range(Duration::from_secs(1)..longest);
        let names: Vec<_> = picks.iter().map(|(kind, member)| describe(fleet, *kind, *member)).collect();
        eprintln!("chaos: round {}: {} for {:.1} s", self.rounds, names.join(", "), duration.as_secs_f64());
        let mut injected: Vec<(Pick, Injected)> = Vec::new();
        for (kind, member) in picks {
            *self.dealt.entry(format!("{kind:?}")).or_default() += 1;
            injected.push(((kind, member), kind.inject(fleet, member).await));
        }
        sleep(duration).await;
        let restarted = self.note_exits(fleet, &injected);
        while let Some(((kind, member), fault)) = injected.pop() {
            if restarted.contains(&member) && kind.target() != Target::Postgres {
                fleet.members[member].proxy.restore();
            } else if let Err(violation) = kind.heal(fleet, member, fault).await {
                self.history.violated(violation);
            }
        }
        self.recover(fleet).await;
        let pause = Duration::from_millis(self.random.random_range(500..3000));
        sleep(pause).await;
    }

    /// Two faults never break the same part: one of them would hide the other.
    fn pick(&mut self, fleet: &Fleet) -> Vec<Pick> {
        let mut picks: Vec<Pick> = Vec::new();
        for _ in 0..self.random.random_range(1..=2) {
            let kind = self.deal(fleet);
            let fits = |member: usize| match (kind.target(), fleet.members[member].url.is_some()) {
                (Target::Any | Target::Postgres, _) => true,
                (Target::Api, is_api) => is_api,
                (Target::Worker, is_api) => !is_api,
            };
            let members: Vec<_> = (0..fleet.members.len()).filter(|member| fits(*member)).collect();
            let member = members[self.random.random_range(0..members.len())];
            let is_postgres = kind.target() == Target::Postgres;
            let collides = |(other, at): &Pick| {
                *at == member
                    || (is_postgres && (other.target() == Target::Postgres || *other == Kind::Terminate))
                    || (kind == Kind::Terminate && other.target() == Target::Postgres)
            };
            if picks.iter().any(collides) { self.deck.push(kind) } else { picks.push((kind, member)) }
        }
        picks
    }

    fn deal(&mut self, fleet: &Fleet) -> Kind {
        if self.deck.is_empty() {
            self.deck.extend(KINDS);
            self.deck.extend(fleet.has_small_disks.then_some(Kind::FillDisk));
            self.deck.shuffle(&mut self.random);
        }
        self.deck.pop().expect("a deck of some kinds")
    }

    /// Records the programs that exited without a signal, and starts them again, as an operator's system
    /// would. Returns their numbers.
    fn note_exits(&self, fleet: &mut Fleet, injected: &[(Pick, Injected)]) -> Vec<usize> {
        let mut restarted = Vec::new();
        for (number, member) in fleet.members.iter_mut().enumerate() {
            let signalled = injected.iter().any(|((kind, at), _)| *at == number && kind.ends_the_program());
            if !signalled && let Some(how) = member.program.exit() {
                self.history.violated(format!("{} ended by itself: {how}", member.program.name));
                member.program.start_again();
                restarted.push(number);
            }
        }
        restarted
    }

    async fn recover(&mut self, fleet: &mut Fleet) {
        let start = Instant::now();
        for member in &fleet.members {
            if let Err(missing) = fleet.wait_until_ready(member, start + RECOVERY).await {
                self.history.violated(format!("{missing} {} s after round {}", RECOVERY.as_secs(), self.rounds));
            }
        }
        self.longest_recovery = self.longest_recovery.max(start.elapsed());
        let _restarted = self.note_exits(fleet, &[]);
    }

    /// Describes what was broken, for people.
    pub(super) fn figures(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| writeln!(text, "  {name:<28} {value}").expect("a string");
        line("rounds", self.rounds.to_string());
        line("longest recovery", format!("{:.1} s", self.longest_recovery.as_secs_f64()));
        for (kind, count) in &self.dealt {
            line(&format!("fault {kind}"), count.to_string());
        }
        text
    }
}

fn describe(fleet: &Fleet, kind: Kind, member: usize) -> String {
    match kind.target() {
        Target::Postgres => format!("{kind:?}"),
        Target::Any | Target::Api | Target::Worker => format!("{kind:?} {}", fleet.members[member].program.name),
    }
}
