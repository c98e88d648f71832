//! What a server has asked for with a reconnect request, and how often that was done (spec 09 §10).

use std::time::{Duration, Instant};

use crate::abi::{OptionName, RTMP};
use crate::proto::reconnect::{Mode, Refusal, Target};

/// Moves that may come at once: the way to a server may have stations.
const AT_ONCE: u32 = 3;
/// The time from one move to the next behind these.
const SPACING: Duration = Duration::from_secs(1);
/// So many moves, each less than [`CALM`] behind the one before, are a circle.
const MOST: u32 = 10;
/// A connection that lasts so long is where the server wants us.
const CALM: Duration = Duration::from_secs(60);

/// What is to be done about requests.
pub(in crate::session) fn mode(r: &RTMP) -> Mode {
    let number = r.number_option(OptionName::Reconnect);
    number.map_or(Mode::Ignore, Mode::of_number)
}

/// A request of the server.
pub(in crate::session) struct Request {
    /// Where to go, or why not.
    pub(in crate::session) target: Result<Target, Refusal>,
    /// The server's words, as [`reason::words`](super::reason::words) shows them.
    pub(in crate::session) description: Box<[u8]>,
}

/// What is remembered about requests. Whoever makes another connection takes this along, as a whole, before the one is closed.
#[derive(Default)]
pub(in crate::session) struct Reconnect {
    /// The last request, unless it was followed. A newer one takes its place, whatever it says: servers change their minds.
    pub(in crate::session) pending: Option<Request>,
    /// Requests so far, since the program connected.
    pub(in crate::session) count: u32,
    /// The moves so far.
    pub(in crate::session) guard: Guard,
}

impl Reconnect {
    /// The server asks.
    pub(in crate::session) fn ask(&mut self, request: Request) {
        self.count = self.count.saturating_add(1);
        self.pending = Some(request);
    }
}

/// A request, as the program is told.
#[derive(PartialEq, Eq, Debug)]
pub struct Report {
    /// It is not to be followed.
    pub is_refused: bool,
    /// So many requests were there.
    pub count: u32,
    /// Where the application begins in the first of these.
    pub app: u32,
    /// Where to go, with the login; the server's words; why it is refused. None of them has a 0.
    pub texts: [Vec<u8>; 3],
}

impl Reconnect {
    /// The last request, as the program is told.
    pub(in crate::session) fn report(&self) -> Option<Report> {
        let request = self.pending.as_ref()?;
        let (url, app, reason) = match &request.target {
            Ok(target) => {
                let app = target.url.len().saturating_sub(target.app.len());
                (target.url.clone(), app, Vec::new())
            }
            Err(refusal) => (Vec::new(), 0, refusal.to_string().into()),
        };
        Some(Report {
            is_refused: request.target.is_err(),
            count: self.count,
            app: u32::try_from(app).unwrap_or(0),
            texts: [url, request.description.to_vec(), reason],
        })
    }
}

impl Report {
    /// All of it, for [`Self::of`].
    pub(in crate::session) fn bytes(&self) -> Vec<u8> {
        let head = [u8::from(self.is_refused)];
        let [url, description, reason] = self.texts.each_ref().map(|text| &text[..]);
        let [count, app] = [self.count, self.app].map(u32::to_ne_bytes);
        [
            &head[..],
            &count,
            &app,
            url,
            b"\0",
            description,
            b"\0",
            reason,
        ]
        .concat()
    }

    /// What [`Self::bytes`] gave.
    pub(in crate::session) fn of(bytes: &[u8]) -> Option<Self> {
        let (&[is_refused], rest) = bytes.split_first_chunk()?;
        let (&count, rest) = rest.split_first_chunk()?;
        let (&app, rest) = rest.split_first_chunk()?;
        let mut texts = rest.splitn(3, |&byte| byte == 0);
        let mut next = || texts.next().map(<[u8]>::to_vec);
        Some(Self {
            is_refused: is_refused != 0,
            count: u32::from_ne_bytes(count),
            app: u32::from_ne_bytes(app),
            texts: [next()?, next()?, next()?],
        })
    }
}

/// Keeps a client from being sent in a circle. A request that comes too early stays pending and is followed when its time has
/// come; where the server ends the connection before that, the stream has ended as any other.
#[derive(Clone, Copy, Default, Debug)]
pub(in crate::session) struct Guard {
    last: Option<Instant>,
    /// Moves up to the last, each less than [`CALM`] behind the one before.
    row: u32,
}

impl Guard {
    /// How long it is until another move may begin; zero: it may.
    pub(in crate::session) fn wait(&self, now: Instant) -> Duration {
        let pause = match self.row {
            MOST.. => CALM,
            AT_ONCE.. => SPACING,
            _ => return Duration::ZERO,
        };
        pause.saturating_sub(self.since_last(now).unwrap_or(pause))
    }

    /// A move begins.
    pub(in crate::session) fn begin(&mut self, now: Instant) {
        let is_in_row = self.since_last(now).is_some_and(|since| since < CALM);
        self.row = if is_in_row {
            self.row.saturating_add(1)
        } else {
            1
        };
        self.last = Some(now);
    }

    fn since_last(&self, now: Instant) -> Option<Duration> {
        self.last.map(|last| now.saturating_duration_since(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moves as soon as it is allowed. Seconds from the first move to each, where the connection lasts `calm` before the
    /// server asks.
    fn moves(count: u32, asks_after: Duration) -> Vec<u64> {
        let begin = Instant::now();
        let mut now = begin;
        let mut guard = Guard::default();
        (0..count)
            .map(|_| {
                now += guard.wait(now);
                assert_eq!(guard.wait(now), Duration::ZERO);
                guard.begin(now);
                let moved = now;
                now += asks_after;
                (moved - begin).as_secs()
            })
            .collect()
    }

    #[test]
    fn a_few_moves_come_at_once_and_a_circle_takes_its_time() {
        let at_once = moves(13, Duration::ZERO);
        assert_eq!(at_once, [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 67, 67, 67]);
    }

    #[test]
    fn servers_that_ask_now_and_then_are_followed_for_ever() {
        let hourly = moves(100, Duration::from_secs(3600));
        assert!((0..100).eq(hourly.iter().map(|at| at / 3600)));
        let minutely = moves(100, CALM);
        assert!((0..100).eq(minutely.iter().map(|at| at / 60)));
        // The eleventh in a row waits until a minute has passed.
        let close = moves(11, Duration::from_secs(30));
        assert_eq!(close[9..], [270, 330]);
    }

    #[test]
    fn the_last_request_counts() {
        let mut reconnect = Reconnect::default();
        for (target, description) in [(Refusal::NoHost, "a"), (Refusal::TooLong, "b")] {
            reconnect.ask(Request {
                target: Err(target),
                description: description.as_bytes().into(),
            });
        }
        assert_eq!(reconnect.count, 2);
        let report = reconnect.report().unwrap();
        let texts =
            ["", "b", "tcUrl has more than 2047 bytes"].map(|text| text.as_bytes().to_vec());
        assert_eq!(
            (report.is_refused, report.count, &report.texts),
            (true, 2, &texts)
        );
        assert_eq!(Report::of(&report.bytes()), Some(report));
        for cut in [&b""[..], b"\x01\0\0\0", b"\x01\0\0\0\0\0\0\0\0a\0b"] {
            assert_eq!(Report::of(cut), None);
        }
        let pending = reconnect.pending.unwrap();
        assert_eq!(&*pending.description, b"b");
        assert_eq!(pending.target, Err(Refusal::TooLong));
    }
}
