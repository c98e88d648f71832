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
mod play;
mod publish;
mod publisher;
mod stream;
mod threads;
