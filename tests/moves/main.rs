//! Option `reconnect=auto`: streams go on at another server when theirs asks for it.

mod circle;
#[path = "../limits/client.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod client;
mod failing;
mod login;
#[path = "../golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests need the rest")]
mod messages;
mod peer;
#[path = "../tls/pki.rs"]
#[expect(dead_code, reason = "the tests of TLS need the rest")]
mod pki;
mod play;
mod publish;
mod publisher;
mod secure;
mod stream;
mod threads;
#[path = "../limits/tunnel.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod tunnel;
mod tunnels;
