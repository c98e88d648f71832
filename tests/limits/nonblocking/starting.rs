//! What a program may do while `RTMP_Start` is at work, and is told meanwhile.

use rtmp::abi::RTMP_AGAIN;
use rtmp::sys::errno;

use crate::ahead::strict_server;
use crate::client::{Client, LONG};

#[test]
fn an_attempt_is_not_over_before_its_end() {
    const TIMES: usize = 30;
    let (port, thread) = strict_server(TIMES, |stream, _| drop(stream));
    for _ in 0..TIMES {
        let client = Client::of("rtmp", port, LONG);
        client.start();
        // It does not wait for the pipe: some calls come while the library's thread ends the connection.
        let outcome = loop {
            let want = client.want();
            assert!(want.fd != -1);
            match client.drive() {
                RTMP_AGAIN => {}
                outcome => break outcome,
            }
        };
        assert_eq!(outcome, -1);
        assert_ne!(errno::last(), libc::ENOTCONN);
        client.close();
    }
    thread.join().unwrap();
}
