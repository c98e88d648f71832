//! Sockets that a program has made non-blocking by itself.

use std::ffi::c_int;
use std::time::Duration;

use rtmp::sys::socket;

use crate::ahead::PLAYS;
use crate::client::{Client, LONG, acceptance, narrow_server, rest, server, shake_hands, write};
use crate::messages::{message, tag};

use super::PUBLISHES;

#[test]
fn a_socket_that_the_program_has_made_non_blocking_is_read_on() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PLAYS));
        // Nothing comes before the program has read in vain.
        crate::fast::hear(&mut stream, &[0x7e; 8]);
        for at in 0..40 {
            write(&mut stream, &message(6, at, 9, &[0x27; 500]));
            write(&mut stream, &message(5, at, 8, &[0xaf; 50]));
        }
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect() && client.connect_stream());
    let fd = client.handle().m_sb.sb_socket.get();
    socket::set_blocking(fd, false).unwrap();
    let (mut all, mut room) = (0, [0; 700]);
    for _ in 0..3 {
        assert_eq!(client.read(&mut room), 0);
        assert_eq!(client.handle().m_read.status.get(), 0);
        assert!(client.is_timed_out());
    }
    assert!(client.send(&[0x7e; 8]));
    let whole = 13 + 40 * (500 + 15 + 50 + 15);
    while all < whole {
        let count = client.read(&mut room);
        assert!(count >= 0);
        all += usize::try_from(count).unwrap();
        if count == 0 {
            let limit = Some(Duration::from_secs(50));
            socket::wait(fd, socket::Readiness::Readable, limit).unwrap();
        }
    }
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_socket_that_the_program_has_made_non_blocking_is_written_on() {
    let (port, thread) = narrow_server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        rest(&mut stream).len()
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    socket::set_blocking(client.handle().m_sb.sb_socket.get(), false).unwrap();
    let media = tag(9, 0, &vec![0x27; 300_000]);
    for _ in 0..20 {
        assert_eq!(client.write(&media), c_int::try_from(media.len()).unwrap());
        assert!(client.send(&vec![0x27; 100_000]));
    }
    client.close();
    assert!(thread.join().unwrap() > 20 * 400_000);
}
