//! The bodies of the commands that a client sends (spec 05 §2-§4): name, transaction id, null, then what the command is
//! about. `connect` has no null.
//!
//! `None` means that there is no memory, or that a text is longer than a string can be.

mod connect;

pub use connect::{Connect, connect};

use super::amf0::Body;

/// A live broadcast, as the start of [`play`].
const LIVE: f64 = -1000.0;

/// Asks for a stream.
pub fn create_stream(id: f64) -> Option<Vec<u8>> {
    head(b"createStream", id).finish()
}

/// Takes the publishing point from whoever has it.
pub fn release_stream(id: f64, playpath: &[u8]) -> Option<Vec<u8>> {
    head(b"releaseStream", id).string(playpath).finish()
}

/// Announces a publication.
pub fn fc_publish(id: f64, playpath: &[u8]) -> Option<Vec<u8>> {
    head(b"FCPublish", id).string(playpath).finish()
}

/// Announces its end.
pub fn fc_unpublish(id: f64, playpath: &[u8]) -> Option<Vec<u8>> {
    head(b"FCUnpublish", id).string(playpath).finish()
}

/// Deletes a stream.
pub fn delete_stream(id: f64, stream: i32) -> Option<Vec<u8>> {
    head(b"deleteStream", id).number(stream.into()).finish()
}

/// Starts publishing. Every publication is "live", recorded by the server or not.
pub fn publish(id: f64, playpath: &[u8]) -> Option<Vec<u8>> {
    let mut body = head(b"publish", id);
    body.string(playpath).string(b"live").finish()
}

/// Announces a playlist of one path. The count of 3 and the transaction id 0 are the original's.
pub fn set_playlist(playpath: &[u8]) -> Option<Vec<u8>> {
    let mut body = head(b"set_playlist", 0.0);
    body.ecma_array(3).name(b"0").string(playpath).end();
    body.finish()
}

/// What is to be played, and from where to where.
#[derive(Clone, Copy, Default, Debug)]
pub struct Play<'a> {
    /// The stream.
    pub playpath: &'a [u8],
    /// It is a broadcast, which has no beginning.
    pub is_live: bool,
    /// Where a recording begins, ms; at 0 when negative.
    pub seek: i32,
    /// Where to end, ms; 0 for nowhere. It is sent as the length from `seek`, whatever that is.
    pub stop: i32,
}

/// Starts playing (spec 05 §4).
pub fn play(id: f64, what: &Play<'_>) -> Option<Vec<u8>> {
    let start = if what.is_live {
        LIVE
    } else {
        what.seek.max(0).into()
    };
    let mut body = head(b"play", id);
    body.string(what.playpath).number(start);
    if what.stop != 0 {
        body.number(what.stop.wrapping_sub(what.seek).into());
    }
    body.finish()
}

/// Subscribes to a live stream.
pub fn fc_subscribe(id: f64, path: &[u8]) -> Option<Vec<u8>> {
    head(b"FCSubscribe", id).string(path).finish()
}

/// Shows the token of `jtv`.
pub fn usher_token(id: f64, token: &[u8]) -> Option<Vec<u8>> {
    head(b"NetStream.Authenticate.UsherToken", id)
        .string(token)
        .finish()
}

/// Answers a secure token challenge. The transaction id is 0.
pub fn secure_token_response(answer: &[u8]) -> Option<Vec<u8>> {
    head(b"secureTokenResponse", 0.0).string(answer).finish()
}

/// Pauses, or goes on, at `time`, ms.
pub fn pause(id: f64, on: bool, time: i32) -> Option<Vec<u8>> {
    head(b"pause", id).boolean(on).number(time.into()).finish()
}

/// Seeks to `time`, ms.
pub fn seek(id: f64, time: i32) -> Option<Vec<u8>> {
    head(b"seek", id).number(time.into()).finish()
}

/// Asks for a bandwidth check.
pub fn check_bandwidth(id: f64) -> Option<Vec<u8>> {
    head(b"_checkbw", id).finish()
}

/// Answers one packet of a bandwidth check, whose `id` it has; `counter` counts the answers.
pub fn bandwidth_result(id: f64, counter: i32) -> Option<Vec<u8>> {
    head(b"_result", id).number(counter.into()).finish()
}

/// Answers the command `ping`, whose `id` it has.
pub fn pong(id: f64) -> Option<Vec<u8>> {
    head(b"pong", id).finish()
}

/// How all commands but `connect` begin.
fn head(name: &[u8], id: f64) -> Body {
    let mut body = Body::default();
    body.string(name).number(id).null();
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_body(body: Option<Vec<u8>>, parts: &[&[u8]]) {
        assert_eq!(body, Some(parts.concat()));
    }

    const ONE: &[u8] = b"\x00\x3f\xf0\0\0\0\0\0\0";
    const ZERO: &[u8] = &[0; 9];
    const NULL: &[u8] = b"\x05";
    const PATH: &[u8] = b"\x02\0\x08mystream";

    #[test]
    fn commands_without_arguments_end_with_a_null() {
        assert_body(create_stream(1.0), &[b"\x02\0\x0ccreateStream", ONE, NULL]);
        assert_body(check_bandwidth(1.0), &[b"\x02\0\x08_checkbw", ONE, NULL]);
        assert_body(pong(1.0), &[b"\x02\0\x04pong", ONE, NULL]);
    }

    #[test]
    fn the_transaction_id_is_a_double() {
        for (id, double) in [
            (7.0, b"\x40\x1c\0\0\0\0\0\0"),
            (-0.5, b"\xbf\xe0\0\0\0\0\0\0"),
            (
                f64::from_bits(0x7ff8_0000_0000_0001),
                b"\x7f\xf8\0\0\0\0\0\x01",
            ),
        ] {
            assert_body(pong(id), &[b"\x02\0\x04pong\0", double, NULL]);
        }
    }

    #[test]
    fn commands_about_a_path() {
        type Command = fn(f64, &[u8]) -> Option<Vec<u8>>;
        let commands: [(Command, &[u8]); 4] = [
            (release_stream, b"\x02\0\x0dreleaseStream"),
            (fc_publish, b"\x02\0\x09FCPublish"),
            (fc_unpublish, b"\x02\0\x0bFCUnpublish"),
            (fc_subscribe, b"\x02\0\x0bFCSubscribe"),
        ];
        for (command, name) in commands {
            assert_body(command(1.0, b"mystream"), &[name, ONE, NULL, PATH]);
            assert_body(command(1.0, b""), &[name, ONE, NULL, b"\x02\0\0"]);
        }
        assert_body(
            publish(1.0, b"mystream"),
            &[b"\x02\0\x07publish", ONE, NULL, PATH, b"\x02\0\x04live"],
        );
    }

    #[test]
    fn a_playlist_has_one_entry_and_says_three() {
        let array = b"\x08\0\0\0\x03\0\x010";
        assert_body(
            set_playlist(b"mystream"),
            &[
                b"\x02\0\x0cset_playlist",
                ZERO,
                NULL,
                array,
                PATH,
                b"\0\0\x09",
            ],
        );
    }

    #[test]
    fn tokens() {
        let name = b"\x02\0\x21NetStream.Authenticate.UsherToken";
        let token = b"\x02\0\x07{\"a\":1}";
        assert_body(usher_token(1.0, b"{\"a\":1}"), &[name, ONE, NULL, token]);
        let name = b"\x02\0\x13secureTokenResponse";
        assert_body(
            secure_token_response(b"\xcf\0a"),
            &[name, ZERO, NULL, b"\x02\0\x03\xcf\0a"],
        );
    }

    #[test]
    fn commands_with_numbers() {
        let minus_one = b"\0\xbf\xf0\0\0\0\0\0\0";
        let name = b"\x02\0\x0cdeleteStream";
        assert_body(delete_stream(1.0, 1), &[name, ONE, NULL, ONE]);
        assert_body(delete_stream(1.0, -1), &[name, ONE, NULL, minus_one]);
        let name = b"\x02\0\x05pause";
        let time = b"\0\x40\x97\x70\0\0\0\0\0";
        assert_body(
            pause(1.0, true, 1500),
            &[name, ONE, NULL, b"\x01\x01", time],
        );
        assert_body(
            pause(1.0, false, -1),
            &[name, ONE, NULL, b"\x01\x00", minus_one],
        );
        let time = b"\0\x40\xc8\x1c\x80\0\0\0\0";
        assert_body(seek(1.0, 12345), &[b"\x02\0\x04seek", ONE, NULL, time]);
        let name = b"\x02\0\x07_result";
        assert_body(bandwidth_result(1.0, 0), &[name, ONE, NULL, ZERO]);
        assert_body(bandwidth_result(1.0, -1), &[name, ONE, NULL, minus_one]);
    }

    #[test]
    fn play_says_where_to_begin_and_how_much() {
        let cases = [
            (true, 0, 0, -1000.0, None),
            (true, 5000, 9000, -1000.0, Some(4000.0)),
            (false, 0, 0, 0.0, None),
            (false, 5000, 0, 5000.0, None),
            (false, 5000, 9000, 5000.0, Some(4000.0)),
            (false, 0, 9000, 0.0, Some(9000.0)),
            (false, -5, 0, 0.0, None),
            (false, -5, 10, 0.0, Some(15.0)),
            (false, 1, i32::MIN, 1.0, Some(2_147_483_647.0)),
        ];
        for (is_live, seek, stop, start, length) in cases {
            let what = Play {
                playpath: b"mystream",
                is_live,
                seek,
                stop,
            };
            let mut expected = [b"\x02\0\x04play", ONE, NULL, PATH].concat();
            for number in [Some(start), length].into_iter().flatten() {
                expected.push(0);
                expected.extend(f64::to_be_bytes(number));
            }
            assert_eq!(play(1.0, &what), Some(expected), "{what:?}");
        }
    }
}
