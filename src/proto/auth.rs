//! Publisher authentication (spec 03 §4): what a rejected `connect` asks for, and the answers to it.
//!
//! The client learns the way from the first rejection, names the user with the second connection, and answers the
//! challenge with the third.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::bytes::joined;

const NEED_USER: &[u8] = b"code=403 need auth";
const NEED_RESPONSE: &[u8] = b"?reason=needauth";
const NO_SUCH_USER: &[u8] = b"?reason=nosuchuser";
/// The counter of the challenge's uses: each challenge is used once.
const COUNT: &str = "00000001";

/// The ways to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Adobe's.
    Adobe,
    /// Limelight's, which is HTTP digest authentication.
    Llnw,
}

impl Mode {
    /// The way that a description names.
    pub fn of(description: &[u8]) -> Option<Self> {
        [Self::Adobe, Self::Llnw]
            .into_iter()
            .find(|mode| contains(description, mode.tag()))
    }

    /// How descriptions and applications name it.
    pub fn tag(self) -> &'static [u8] {
        match self {
            Self::Adobe => b"authmod=adobe",
            Self::Llnw => b"authmod=llnw",
        }
    }

    fn failed(self) -> &'static [u8] {
        match self {
            Self::Adobe => b"?reason=authfailed",
            Self::Llnw => b"?reason=authfail",
        }
    }
}

/// What a description asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Demand<'a> {
    /// The user's name.
    User,
    /// The answer to a challenge.
    Response(Challenge<'a>),
    /// Nothing: the answer was wrong.
    Failed,
    /// Nothing: the server does not know the user.
    NoSuchUser,
    /// Something that is not understood.
    Unknown,
}

impl<'a> Demand<'a> {
    /// Reads a description, in the order in which the original looks for its words.
    pub fn read(mode: Mode, description: &'a [u8]) -> Self {
        if contains(description, NEED_USER) {
            Self::User
        } else if let Some(at) = find(description, NEED_RESPONSE) {
            Self::Response(Challenge(description.get(at..).unwrap_or_default()))
        } else if contains(description, mode.failed()) {
            Self::Failed
        } else if contains(description, NO_SUCH_USER) {
            Self::NoSuchUser
        } else {
            Self::Unknown
        }
    }
}

/// Names and values behind `?reason=needauth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a>(&'a [u8]);

impl<'a> Challenge<'a> {
    /// All names and values, in their order. Nothing is decoded.
    pub fn pairs(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.0.split(|&byte| byte == b'&').map(|pair| {
            let equals = pair.iter().position(|&byte| byte == b'=');
            let (name, value) = pair
                .split_at_checked(equals.unwrap_or(pair.len()))
                .unwrap_or((pair, &[]));
            (name, value.get(1..).unwrap_or_default())
        })
    }

    /// The last value of that name which is not empty.
    fn value(self, wanted: &str) -> Option<&'a [u8]> {
        self.pairs()
            .filter(|(name, value)| *name == wanted.as_bytes() && !value.is_empty())
            .map(|(_, value)| value)
            .last()
    }

    /// What is appended to the application. `None` when the challenge lacks what the answer is made of, and without memory.
    pub fn response(
        self,
        mode: Mode,
        app: &[u8],
        password: &[u8],
        random: [u8; 4],
    ) -> Option<Vec<u8>> {
        match mode {
            Mode::Adobe => self.adobe(password, random),
            Mode::Llnw => self.llnw(app, password, random),
        }
    }

    fn adobe(self, password: &[u8], random: [u8; 4]) -> Option<Vec<u8>> {
        let (user, salt) = (self.value("user")?, self.value("salt")?);
        let opaque = self.value("opaque").unwrap_or_default();
        let challenge = match opaque {
            [] => self.value("challenge").unwrap_or_default(),
            opaque => opaque,
        };
        let hash = Zeroizing::new(md5(&[user, salt, password]));
        let secret = Zeroizing::new(BASE64_STANDARD.encode(*hash));
        let own = BASE64_STANDARD.encode(random);
        let parts = [secret.as_bytes(), challenge, own.as_bytes()];
        let response = BASE64_STANDARD.encode(md5(&parts));
        let answer = format!("&challenge={own}&response={response}&opaque=");
        joined(&[answer.as_bytes(), opaque])
    }

    fn llnw(self, app: &[u8], password: &[u8], random: [u8; 4]) -> Option<Vec<u8>> {
        let (user, nonce) = (self.value("user")?, self.value("nonce")?);
        let app = app.split(|&byte| byte == b'?').next().unwrap_or(app);
        let instance: &[u8] = if app.contains(&b'/') {
            b""
        } else {
            b"/_definst_"
        };
        let hash = Zeroizing::new(md5(&[user, b":live:", password]));
        let ha1 = Zeroizing::new(hex(&*hash));
        let ha2 = hex(&md5(&[b"publish:/", app, instance]));
        let own = hex(&random);
        let middle = format!(":{COUNT}:{own}:auth:{ha2}");
        let response = hex(&md5(&[ha1.as_bytes(), b":", nonce, middle.as_bytes()]));
        let answer = format!("&cnonce={own}&nc={COUNT}&response={response}");
        joined(&[b"&nonce=", nonce, answer.as_bytes()])
    }
}

/// What is appended to the application to name the user.
pub fn introduction(mode: Mode, user: &[u8]) -> Vec<u8> {
    [b"?", mode.tag(), b"&user=", user].concat()
}

/// An application or its URL as it was before anything was appended.
pub fn without_introduction(text: &[u8]) -> &[u8] {
    let begins = |mode: Mode| find(text, &[b"?", mode.tag()].concat());
    let begin = [Mode::Adobe, Mode::Llnw].into_iter().find_map(begins);
    begin.and_then(|at| text.get(..at)).unwrap_or(text)
}

/// True when `word` stands in `text`.
pub fn contains(text: &[u8], word: &[u8]) -> bool {
    find(text, word).is_some()
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|part| part == word)
}

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(mode: Mode, words: &str, app: &str, random: [u8; 4]) -> Option<String> {
        let Demand::Response(challenge) = Demand::read(mode, words.as_bytes()) else {
            panic!("no challenge in {words}")
        };
        let answer = challenge.response(mode, app.as_bytes(), b"secret", random)?;
        Some(String::from_utf8(answer).unwrap())
    }

    #[test]
    fn what_was_appended_comes_off() {
        for (text, own) in [
            ("live", "live"),
            ("live?x=1", "live?x=1"),
            ("live?x=1?authmod=adobe&user=joe", "live?x=1"),
            (
                "live?authmod=llnw&user=joe?authmod=llnw&user=joe&nonce=1",
                "live",
            ),
        ] {
            assert_eq!(without_introduction(text.as_bytes()), own.as_bytes());
        }
    }

    #[test]
    fn answers_of_the_original_to_llnw() {
        for (user, nonce, app, expected) in [
            (
                "joe",
                "abcd",
                "live?authmod=llnw&user=joe",
                "4201efdb8669a47106c5c64ca2e604e1",
            ),
            ("bob", "abc123", "live", "20c7986c8a2deeeab544394c2ad509b2"),
            (
                "bob",
                "abc123",
                "live/inst",
                "139cc0cfb6f623ced77fe47678310518",
            ),
        ] {
            let words = format!("[ authmod=llnw ] : ?reason=needauth&user={user}&nonce={nonce}");
            let answer = response(Mode::Llnw, &words, app, [0x43, 0xf8, 0xe1, 0xac]);
            let text = format!("&nonce={nonce}&cnonce=43f8e1ac&nc=00000001&response={expected}");
            assert_eq!(answer, Some(text), "{user} {app}");
        }
    }

    #[test]
    fn answers_of_the_original_to_adobe() {
        let random = [0xac, 0xe1, 0xf8, 0x43];
        let words = "?reason=needauth&user=joe&salt=abcd&opaque=ijkl";
        assert_eq!(
            response(Mode::Adobe, words, "live", random).unwrap(),
            "&challenge=rOH4Qw==&response=k9Qmz63shr4B80id1k4ydA==&opaque=ijkl"
        );
        let words = "?reason=needauth&user=bob&salt=SALT&challenge=CHAL&opaque=OPQ";
        assert_eq!(
            response(Mode::Adobe, words, "live", random).unwrap(),
            "&challenge=rOH4Qw==&response=qXFMQbouU4vYjRpzt8FVlw==&opaque=OPQ"
        );
    }

    #[test]
    fn without_opaque_the_challenge_is_answered() {
        let answer = |words: &str| response(Mode::Adobe, words, "live", [0; 4]).unwrap();
        let with = |text: &str| format!("?reason=needauth&user=joe&salt=abcd&{text}");
        let challenge = answer(&with("challenge=ijkl"));
        assert!(challenge.ends_with("==&opaque="), "{challenge}");
        assert_eq!(
            answer(&with("opaque=ijkl")),
            format!("{challenge}ijkl"),
            "the same bytes are hashed"
        );
        assert_eq!(answer(&with("opaque=&challenge=ijkl")), challenge);
        assert_ne!(answer(&with("x=y")), challenge);
    }

    #[test]
    fn a_challenge_without_its_parts_has_no_answer() {
        for words in [
            "?reason=needauth",
            "?reason=needauth&user=joe",
            "?reason=needauth&user=joe&salt&nonce",
            "?reason=needauth&user=joe&salt=&nonce=",
            "?reason=needauth&user&salt=x&nonce=x",
            "?reason=needauth&&&==&=user&salt=x&nonce=x",
        ] {
            assert_eq!(
                response(Mode::Adobe, words, "live", [0; 4]),
                None,
                "{words}"
            );
            assert_eq!(response(Mode::Llnw, words, "live", [0; 4]), None, "{words}");
        }
    }

    #[test]
    fn descriptions_are_read_in_order() {
        let read = |words: &'static str| {
            let words = words.as_bytes();
            Mode::of(words).map(|mode| (mode, Demand::read(mode, words)))
        };
        assert_eq!(read("code=403 need auth"), None);
        assert_eq!(
            read("authmod=llnw authmod=adobe code=403 need auth ?reason=needauth"),
            Some((Mode::Adobe, Demand::User))
        );
        assert_eq!(
            read("authmod=adobe ?reason=authfailed"),
            Some((Mode::Adobe, Demand::Failed))
        );
        assert_eq!(
            read("authmod=adobe ?reason=authfail"),
            Some((Mode::Adobe, Demand::Unknown))
        );
        assert_eq!(
            read("authmod=llnw ?reason=authfail"),
            Some((Mode::Llnw, Demand::Failed))
        );
        assert_eq!(
            read("authmod=llnw ?reason=nosuchuser"),
            Some((Mode::Llnw, Demand::NoSuchUser))
        );
    }
}
