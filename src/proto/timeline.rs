//! The times of a stream that goes on at another server (spec 09 §10): what is given out never goes back.
//!
//! A server may count from its own beginning, from that of the recording, or from where the viewer has come in. Two servers of one live
//! stream may share a clock, and the second begins a little later then. Else the second one's clock is taken to be another,
//! and is moved so that it goes on where the first one's has ended.

use super::message::{AUDIO, VIDEO};

/// What two servers with one clock may be apart, ms: viewers need time to go from one to the other.
const LONGEST_GAP: u32 = 60_000;

/// The times of one connection.
#[derive(Clone, Copy, Default, Debug)]
pub struct Timeline {
    /// The position that was asked for, ms.
    asked: u32,
    /// The first time that the server has said, and the latest.
    first: Option<u32>,
    latest: u32,
    /// The latest that was given out for audio, video and all.
    given: [Option<u32>; 3],
    joint: Option<Joint>,
}

/// Where it follows another connection.
#[derive(Clone, Copy, Debug)]
struct Joint {
    /// The latest time that was given out before, for audio, video and all.
    before: [Option<u32>; 3],
    end: u32,
    /// It is a recording, gone on with at a position.
    is_recording: bool,
    /// What is added to the server's times; `None`: not known yet.
    shift: Option<u32>,
    /// It may begin with what was given out already, at times that say so.
    is_repeating: bool,
    /// The end is far behind: no message is in front of it any more.
    is_passed: bool,
}

/// A message for the output.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Message type.
    pub kind: u8,
    /// The server's time, ms.
    pub said: u32,
    /// What it would be given out with.
    pub time: u32,
    /// It is media, not what prepares for it.
    pub is_frame: bool,
}

impl Timeline {
    /// That of the first connection, played from `asked` on, ms.
    pub fn from(asked: i32) -> Self {
        Self {
            asked: u32::try_from(asked).unwrap_or(0),
            ..Self::default()
        }
    }

    /// That of the connection that follows: of a live stream, or of a recording from `position` on.
    pub fn next(&self, position: Option<i32>) -> Self {
        let joint = self.end().map(|end| Joint {
            before: self.given,
            end,
            is_recording: position.is_some(),
            shift: None,
            is_repeating: false,
            is_passed: false,
        });
        Self {
            joint,
            ..Self::from(position.unwrap_or(0))
        }
    }

    /// Where a recording is to be gone on with, ms. Servers that count from where the viewer comes in begin near 0.
    pub fn position(&self) -> u32 {
        let is_absolute = |first: u32| first >= self.asked.div_ceil(2);
        match self.first {
            None => self.asked,
            Some(first) if is_absolute(first) => self.latest,
            Some(_) => self.asked.saturating_add(self.latest),
        }
    }

    /// Whether it follows another connection.
    pub fn is_continued(&self) -> bool {
        self.joint.is_some()
    }

    /// Whether what comes next decides how the times are to be understood: its content is to be known then.
    pub fn is_joining(&self) -> bool {
        let joint = self.joint.as_ref();
        joint.is_some_and(|joint| joint.shift.is_none() || joint.is_repeating)
    }

    /// The time to give a message out with; `None` for what was given out before.
    pub fn place(&mut self, message: Timed) -> Option<u32> {
        if message.is_frame {
            self.first.get_or_insert(message.said);
            self.latest = self.latest.max(message.said);
        }
        let time = match &mut self.joint {
            Some(joint) => joint.place(message)?,
            None => message.time,
        };
        if let Some(place) = place_of(message.kind) {
            self.note(place, time);
        }
        self.note(ALL, time);
        Some(time)
    }

    /// What was given out as one message has ended at this time.
    pub fn ended(&mut self, time: u32) {
        self.note(ALL, time);
    }

    fn note(&mut self, place: usize, time: u32) {
        if let Some(given) = self.given.get_mut(place) {
            *given = Some(given.map_or(time, |before| later(before, time)));
        }
    }

    /// The latest time that was given out, here or before.
    fn end(&self) -> Option<u32> {
        let before = self.joint.map(|joint| joint.end);
        let [.., given] = self.given;
        given.or(before)
    }
}

impl Joint {
    fn place(&mut self, message: Timed) -> Option<u32> {
        if self.shift.is_none() && message.is_frame {
            let (shift, is_repeating) = self.shift(message.time);
            self.shift = Some(shift);
            self.is_repeating = is_repeating;
        }
        let Some(shift) = self.shift else {
            return Some(self.end);
        };
        let time = message.time.wrapping_add(shift);
        if self.is_repeating && message.is_frame {
            let place = place_of(message.kind).unwrap_or(ALL);
            let before = self.before.get(place).copied().flatten();
            if before.is_some_and(|before| !is_behind(before, time)) {
                return None;
            }
            self.is_repeating = !is_behind(self.end, time);
        }
        // Times wrap: one day they are in front of the end again.
        self.is_passed |= is_behind(self.end.wrapping_add(LONGEST_GAP), time);
        Some(match self.is_passed {
            true => time,
            false => later(self.end, time),
        })
    }

    /// What is to be added to times of which the first is `time`, and whether they begin before the end.
    fn shift(&self, time: u32) -> (u32, bool) {
        let is_absolute = self.is_recording && time >= self.end.div_ceil(2);
        if is_behind(self.end, time) && time.wrapping_sub(self.end) <= LONGEST_GAP {
            (0, false)
        } else if is_absolute {
            (0, true)
        } else {
            (self.end.wrapping_add(1).wrapping_sub(time), false)
        }
    }
}

/// The place of the times of all messages.
const ALL: usize = 2;

/// Audio and video have places of their own.
fn place_of(kind: u8) -> Option<usize> {
    match kind {
        AUDIO => Some(0),
        VIDEO => Some(1),
        _ => None,
    }
}

/// Whether the second time is behind the first: they wrap.
fn is_behind(first: u32, second: u32) -> bool {
    second.wrapping_sub(first).cast_signed() > 0
}

fn later(first: u32, second: u32) -> u32 {
    if is_behind(first, second) {
        second
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, time: u32) -> Timed {
        Timed {
            kind,
            said: time,
            time,
            is_frame: true,
        }
    }

    fn header(kind: u8) -> Timed {
        Timed {
            is_frame: false,
            ..frame(kind, 0)
        }
    }

    /// The times of what follows a connection with audio up to 1010 and video up to 1000.
    fn placed(messages: &[Timed], is_live: bool) -> Vec<Option<u32>> {
        let mut timeline = Timeline::from(0);
        for (kind, time) in [(AUDIO, 990), (VIDEO, 1000), (AUDIO, 1010)] {
            assert_eq!(timeline.place(frame(kind, time)), Some(time));
        }
        assert!(!timeline.is_continued() && !timeline.is_joining());
        let mut next = timeline.next((!is_live).then_some(1010));
        assert!(next.is_continued() && next.is_joining());
        let times = messages
            .iter()
            .map(|&message| next.place(message))
            .collect();
        assert!(!next.is_joining());
        times
    }

    #[test]
    fn a_clock_that_begins_anew_goes_on() {
        let messages = [
            header(VIDEO),
            header(AUDIO),
            frame(VIDEO, 0),
            frame(AUDIO, 5),
            frame(VIDEO, 40),
            header(VIDEO),
        ];
        for is_live in [true, false] {
            let times = placed(&messages, is_live);
            assert_eq!(times, [1010, 1010, 1011, 1016, 1051, 1011].map(Some));
        }
    }

    #[test]
    fn a_clock_that_is_shared_stays() {
        let messages = [
            header(VIDEO),
            frame(VIDEO, 1040),
            frame(AUDIO, 1005),
            frame(AUDIO, 1050),
        ];
        for is_live in [true, false] {
            assert_eq!(
                placed(&messages, is_live),
                [1010, 1040, 1010, 1050].map(Some)
            );
        }
        let far = [frame(VIDEO, 100_000), frame(VIDEO, 100_040)];
        assert_eq!(placed(&far, true), [1011, 1051].map(Some));
    }

    #[test]
    fn what_a_recording_repeats_is_passed_over() {
        let messages = [
            header(VIDEO),
            frame(VIDEO, 960),
            frame(AUDIO, 990),
            frame(VIDEO, 1000),
            header(AUDIO),
            frame(AUDIO, 1010),
            frame(AUDIO, 1030),
            frame(VIDEO, 1040),
        ];
        let times = placed(&messages, false);
        let known = [
            Some(1010),
            None,
            None,
            None,
            Some(1010),
            None,
            Some(1030),
            Some(1040),
        ];
        assert_eq!(times, known);
        // Live it is another stream.
        let times = placed(&messages, true);
        assert_eq!(times[1..4], [1011, 1041, 1051].map(Some));
    }

    #[test]
    fn times_wrap() {
        let mut timeline = Timeline::from(0);
        let end = u32::MAX - 10;
        assert_eq!(timeline.place(frame(VIDEO, end)), Some(end));
        let mut next = timeline.next(None);
        assert_eq!(next.place(frame(VIDEO, 20)), Some(20));
        let mut next = timeline.next(None);
        assert_eq!(next.place(frame(VIDEO, 70_000)), Some(end + 1));
        assert_eq!(next.place(frame(VIDEO, 70_040)), Some(30));
    }

    #[test]
    fn a_joint_is_passed_for_good() {
        let mut timeline = Timeline::from(0);
        timeline.place(frame(VIDEO, 100));
        let mut next = timeline.next(None);
        assert_eq!(next.place(frame(VIDEO, 0)), Some(101));
        // Half of all times, and more.
        for time in (0..u32::MAX - 2000).step_by(40_000_000) {
            let moved = time.wrapping_add(101);
            assert_eq!(next.place(frame(VIDEO, time)), Some(moved));
        }
    }

    #[test]
    fn a_second_move_goes_on_from_the_first() {
        let mut timeline = Timeline::from(0);
        for begin in [0, 101, 202] {
            assert_eq!(timeline.place(frame(VIDEO, 0)), Some(begin));
            assert_eq!(timeline.place(frame(VIDEO, 100)), Some(begin + 100));
            timeline = timeline.next(None);
        }
        // One that has given out nothing.
        timeline = timeline.next(None);
        assert_eq!(timeline.place(frame(VIDEO, 0)), Some(303));
        let mut silent = Timeline::from(0).next(None);
        assert!(!silent.is_continued());
        assert_eq!(silent.place(frame(VIDEO, 7)), Some(7));
    }

    #[test]
    fn the_position_counts_from_where_the_server_counts() {
        for (asked, times, position) in [
            (0, &[][..], 0),
            (5000, &[], 5000),
            (-2000, &[0, 40], 40),
            (0, &[0, 40], 40),
            (5000, &[0, 40], 5040),
            (5000, &[0, 9000], 14_000),
            (5000, &[4800, 4840], 4840),
        ] {
            let mut timeline = Timeline::from(asked);
            timeline.place(header(VIDEO));
            for &time in times {
                timeline.place(frame(VIDEO, time));
            }
            assert_eq!(timeline.position(), position, "{asked} {times:?}");
        }
    }
}
