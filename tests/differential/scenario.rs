//! A scenario is run once per seat; what it recorded must be equal, or deviate exactly as stated.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::library::{Library, Seat, seats};
use crate::trace::{DEBUG, Trace, difference};

/// Far above what any scenario needs: a library that hangs is a mismatch, not a hanging test.
const PATIENCE: Duration = Duration::from_secs(60);
const PANICKED: &str = "(panicked)";
const HUNG: &str = "(no end)";
/// A table is given up after that many: each leaves a thread behind.
const HANGS: usize = 3;

type Run = Arc<dyn Fn(&'static Library, &mut Trace) + Send + Sync>;

enum Expect {
    Same,
    /// Both run; ours must record exactly this, and the original must not.
    Deviates(Vec<String>),
    /// The original would crash, hang or read out of bounds.
    OursOnly(Vec<String>),
}

pub(crate) struct Scenario {
    pub(crate) name: String,
    run: Run,
    expect: Expect,
    /// Text of the row in docs/differences.md.
    pub(crate) anchor: Option<&'static str>,
    level: i32,
}

pub(crate) fn scenario(
    name: impl Into<String>,
    run: impl Fn(&'static Library, &mut Trace) + Send + Sync + 'static,
) -> Scenario {
    let run = Arc::new(run);
    Scenario {
        name: name.into(),
        run,
        expect: Expect::Same,
        anchor: None,
        level: DEBUG,
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

impl Scenario {
    /// Ours differs on purpose: the row of docs/differences.md and what ours records.
    pub(crate) fn deviates(mut self, anchor: &'static str, ours: &[&str]) -> Self {
        (self.expect, self.anchor) = (Expect::Deviates(owned(ours)), Some(anchor));
        self
    }

    /// Not for the original: it crashes, hangs or reads out of bounds here.
    pub(crate) fn ours_only(mut self, anchor: &'static str, ours: &[&str]) -> Self {
        (self.expect, self.anchor) = (Expect::OursOnly(owned(ours)), Some(anchor));
        self
    }

    /// Compare log lines up to this level; DEBUG unless said.
    pub(crate) fn level(mut self, level: i32) -> Self {
        self.level = level;
        self
    }

    fn record(&self, seat: Seat) -> Vec<String> {
        let library = seat.library();
        let (run, level) = (Arc::clone(&self.run), self.level);
        let (sender, receiver) = mpsc::channel();
        let worker = std::thread::Builder::new().name(format!("{} on {seat:?}", self.name));
        let worker = worker.spawn(move || {
            let mut trace = Trace::start(level);
            run(library, &mut trace);
            trace.log();
            // The receiver has gone if this took too long.
            let _ = sender.send(trace.lines);
        });
        match receiver.recv_timeout(PATIENCE) {
            Ok(lines) => lines,
            Err(mpsc::RecvTimeoutError::Timeout) => vec![HUNG.to_owned()],
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                // The panic was reported by its thread already.
                let _ = worker.map(std::thread::JoinHandle::join);
                vec![PANICKED.to_owned()]
            }
        }
    }

    /// `Err` holds a readable difference.
    fn judge(&self, seats: [Seat; 2]) -> Result<(), String> {
        let mut recorded = Vec::new();
        for seat in seats {
            let skipped = matches!(self.expect, Expect::OursOnly(_)) && seat == Seat::Original;
            recorded.push((!skipped).then(|| self.record(seat)));
            if std::env::var_os("DIFFERENTIAL_VERBOSE").is_some() {
                for line in recorded.last().into_iter().flatten().flatten() {
                    eprintln!("    {seat:?} {line}");
                }
            }
        }
        if let (Expect::Same, [Some(left), Some(right)]) = (&self.expect, &recorded[..]) {
            return equal(left, right);
        }
        for (seat, lines) in seats.iter().zip(&recorded) {
            match (&self.expect, seat, lines) {
                (
                    Expect::Deviates(ours) | Expect::OursOnly(ours),
                    Seat::Ours | Seat::NonBlocking,
                    Some(lines),
                ) => {
                    equal(ours, lines)?;
                }
                (Expect::Deviates(ours), Seat::Original, Some(lines)) if ours == lines => {
                    return Err("      the original does what is listed as a deviation\n".into());
                }
                _ => {}
            }
        }
        match &recorded[..] {
            [Some(left), Some(right)] if seats[0] == seats[1] => equal(left, right),
            _ => Ok(()),
        }
    }
}

fn equal(left: &[String], right: &[String]) -> Result<(), String> {
    let broken = |lines: &[String]| lines.iter().any(|line| line == PANICKED || line == HUNG);
    if left == right && !broken(left) {
        Ok(())
    } else {
        Err(difference(left, right))
    }
}

/// Run a table; all its mismatches are reported together.
pub(crate) fn compare(table: &[Scenario]) {
    compare_in(table, seats());
}

/// The same with these two.
pub(crate) fn compare_in(table: &[Scenario], seats: [Seat; 2]) {
    assert!(!table.is_empty(), "an empty table compares nothing");
    let verbose = std::env::var_os("DIFFERENTIAL_VERBOSE").is_some();
    let mut report = String::new();
    let mut failed = 0;
    for scenario in table {
        if verbose {
            eprintln!("scenario {}", scenario.name);
        }
        if let Err(difference) = scenario.judge(seats) {
            failed += 1;
            report.push_str(&format!("    {}\n{difference}", scenario.name));
        }
        if report.matches(HUNG).count() >= HANGS {
            report.push_str("    the rest of this table was not run\n");
            break;
        }
    }
    let count = table.len();
    let [left, right] = seats;
    assert!(
        report.is_empty(),
        "{failed} of {count} scenarios differ (- {left:?} or expected, + {right:?})\n{report}"
    );
}
