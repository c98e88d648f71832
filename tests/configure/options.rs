//! What options say behind a URL, by `RTMP_SetOpt` and in the block: the same, and less than the fields of the block.

mod block;
mod ends;
mod kept;
mod properties;
#[cfg(feature = "tls")]
mod secure;
mod sockets;

use std::ffi::{CString, c_char, c_int};
use std::net::{SocketAddr, TcpListener};
use std::ptr;
use std::thread::{self, JoinHandle};

use rtmp::abi::{AVal, OptionName, RTMP_CONFIG, RTMP_OPTION};
use rtmp::ffi::rtmp::setup::RTMP_SetOpt;

use crate::client::{Client, PATIENCE, acceptance, rest, shake_hands, write};
use crate::{configure, nothing};

/// How a program sets options.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Url,
    SetOpt,
    Block,
}

const WAYS: [Way; 3] = [Way::Url, Way::SetOpt, Way::Block];

/// Pairs of the form that stands behind a URL.
fn pairs(options: &str) -> impl Iterator<Item = (&str, &str)> {
    options
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
}

/// A text of C that lives as long as the tests.
fn text(text: &str) -> *const c_char {
    Box::leak(CString::new(text).unwrap().into_boxed_c_str()).as_ptr()
}

fn set(client: &Client, name: &str, value: &str) -> bool {
    let [name, value] =
        [name, value].map(|text| AVal::literal(String::leak(text.to_owned()).as_bytes()));
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle, and texts that live for ever.
    unsafe { RTMP_SetOpt(handle, &raw const name, (&raw const value).cast_mut()) == 1 }
}

/// A block with these options, and with what `config` says.
fn block(options: &str, config: RTMP_CONFIG) -> RTMP_CONFIG {
    let mut list: Vec<RTMP_OPTION> = pairs(options)
        .map(|(name, value)| RTMP_OPTION {
            name: text(name),
            value: text(value),
        })
        .collect();
    list.push(RTMP_OPTION {
        name: ptr::null(),
        value: ptr::null(),
    });
    RTMP_CONFIG {
        options: Vec::leak(list).as_ptr(),
        ..config
    }
}

/// Sets up `client` for a place with options; whether they were taken.
fn say(client: &mut Client, way: Way, place: &str, options: &str) -> bool {
    let url = format!("rtmp://{place}/app/name timeout=50");
    if way == Way::Url {
        client.write_down(&format!("{url} {options}"));
        return client.set_up_again();
    }
    client.set_up_url(&url);
    match way {
        Way::SetOpt => pairs(options).all(|(name, value)| set(client, name, value)),
        _ => configure(client, block(options, nothing())),
    }
}

fn client(way: Way, place: &str, options: &str) -> Client {
    let mut client = Client::new();
    assert!(say(&mut client, way, place, options), "{way:?}: {options}");
    client
}

/// Sets up `client` with options, and says `config` too.
fn say_both(client: &mut Client, way: Way, place: &str, options: &str, config: RTMP_CONFIG) {
    if way == Way::Block {
        assert!(say(client, Way::Url, place, ""));
        assert!(configure(client, block(options, config)));
    } else {
        assert!(say(client, way, place, options));
        assert!(configure(client, config));
    }
}

/// A client that has connected, as it is told.
fn connected(way: Way, place: &str, options: &str, config: RTMP_CONFIG) -> Client {
    let mut client = Client::new();
    say_both(&mut client, way, place, options, config);
    assert!(
        client.connect(),
        "{way:?}: {options}: {}",
        client.last_error()
    );
    client
}

/// A server for one client; where it is, and what it hears.
fn server_at(address: &str) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind(address).unwrap();
    let place = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        rest(&mut stream)
    });
    (place, thread)
}

fn server() -> (String, JoinHandle<Vec<u8>>) {
    let (place, thread) = server_at("127.0.0.1:0");
    (place.to_string(), thread)
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// What is kept of the options that have no field.
fn kept(client: &Client) -> (Vec<Option<c_int>>, Option<&'static [u8]>) {
    let numbers = [
        OptionName::Family,
        OptionName::SendBuffer,
        OptionName::Nagle,
        OptionName::Quiet,
        OptionName::Reset,
    ];
    let numbers = numbers.map(|name| client.handle().number_option(name));
    (
        numbers.to_vec(),
        client.handle().text_option(OptionName::ConnectTo),
    )
}

const ALL: &str = "family=6 sendBuffer=0x2000 nagle=1 quiet=0 reset=on connectTo=[::1]:1935";

fn all() -> (Vec<Option<c_int>>, Option<&'static [u8]>) {
    let numbers = [6, 8192, 1, 0, 1].map(Some).to_vec();
    (numbers, Some(b"[::1]:1935"))
}
