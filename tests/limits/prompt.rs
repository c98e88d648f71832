//! A dialogue is not held up by acknowledgements that wait for company.

use std::ffi::c_int;
use std::io::Write;

use crate::client::{Client, LONG, rest, server, shake_hands};
use crate::fast::hear;
use crate::messages::{COMMAND, NULL, command, message, number, status};

/// Whether the system acknowledges at once what comes next.
fn acknowledges_at_once(client: &Client) -> bool {
    let (fd, mut answer) = (client.handle().m_sb.sb_socket.get(), c_int::from(-1_i8));
    let mut size = libc::socklen_t::try_from(size_of::<c_int>()).unwrap();
    let place = (&raw mut answer).cast();
    let (level, option) = (libc::IPPROTO_TCP, libc::TCP_QUICKACK);
    // SAFETY: the option gives an `int`.
    let done = unsafe { libc::getsockopt(fd, level, option, place, &raw mut size) };
    assert_eq!(done, 0);
    answer == 1
}

#[test]
fn what_a_server_says_until_the_stream_is_accepted_is_acknowledged_at_once() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        hear(&mut stream, b"connect");
        // Pings make the client a party that always has something to say: its system lets acknowledgements wait for that.
        for number in 0..20 {
            let ping = message(2, 0, 4, &[0, 6, 0, 0, 0, number]);
            stream.write_all(&ping).unwrap();
            hear(&mut stream, &[0, 7, 0, 0, 0, number]);
        }
        let created = command("_result", 2.0, &[NULL, &number(1.0)]);
        for result in [command("_result", 1.0, &[NULL]), created] {
            stream.write_all(&message(3, 0, COMMAND, &result)).unwrap();
        }
        // The client's last word is the length of its buffer.
        hear(&mut stream, &[0, 3, 0, 0, 0, 1, 0, 0, 0x75, 0x30]);
        let accepted = status("NetStream.Play.Start");
        stream
            .write_all(&message(5, 0, COMMAND, &accepted))
            .unwrap();
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect());
    assert!(client.connect_stream());
    assert!(acknowledges_at_once(&client));
    client.close();
    thread.join().unwrap();
}
