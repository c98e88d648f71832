//! The option `reconnect`.

use crate::proto::options::value::is_false;

/// What a client does about requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Nothing; servers are not told that they may ask.
    Ignore,
    /// The program is told.
    Report,
    /// They are followed.
    Follow,
}

impl Mode {
    const ALL: [Self; 3] = [Self::Ignore, Self::Report, Self::Follow];

    /// The mode that an option names.
    pub fn of_word(word: &[u8]) -> Option<Self> {
        let is_it = |mode: &Self| word.eq_ignore_ascii_case(mode.word().as_bytes());
        let off = is_false(word).then_some(Self::Ignore);
        off.or_else(|| Self::ALL.into_iter().find(is_it))
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ignore => "no",
            Self::Report => "report",
            Self::Follow => "auto",
        }
    }

    /// As a number, for [`Self::of_number`].
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The mode of a number.
    pub fn of_number(number: i32) -> Self {
        let found = Self::ALL.into_iter().find(|mode| mode.number() == number);
        found.unwrap_or(Self::Ignore)
    }
}
