//! Where a server sends its client: whatever it says, to a host, with no less protection. The input is the protocol, the host,
//! the application and the `tcUrl` of a connection, and the server's `tcUrl`, in lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp::proto::reconnect::{Current, LONGEST, Refusal, resolve};
use rtmp::proto::url;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(5, |&byte| byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let current = Current {
        protocol: line().first().map_or(0, |byte| byte % 6),
        host: line(),
        port: 1935,
        app: line(),
        tc_url: line(),
    };
    let reference = line();
    let target = match resolve(reference, &current) {
        Ok(target) => target,
        Err(Refusal::LessProtected { from, to }) => {
            assert!(from == current.protocol && to / 2 < from / 2);
            return;
        }
        Err(_) => return,
    };
    assert!(!target.host.is_empty() && target.port != 0 && target.protocol < 6);
    assert!(target.protocol / 2 >= current.protocol / 2);
    assert!(target.url.len() <= LONGEST && target.url.ends_with(&target.app));
    let is_odd = |byte: &u8| byte.is_ascii_control() || *byte == b' ';
    let is_named = target.host != current.host;
    if !is_named {
        return;
    }
    // The server's own words: whoever parses the result finds the same host, and nobody a second line or option.
    assert!(!target.is_same_server || target.host.eq_ignore_ascii_case(current.host));
    assert!(!target.host.iter().any(is_odd) && !reference.iter().any(is_odd));
    let text = &target.tc_url;
    let found = url::parse(text).expect("a URL");
    assert_eq!(&text[found.host.expect("a host")], &target.host[..]);
    assert_eq!((found.protocol, found.login), (Some(target.protocol), None));
    let told = url::parse(&target.url).expect("a URL");
    assert_eq!(
        (told.protocol, told.login),
        (Some(target.protocol), target.login)
    );
});
