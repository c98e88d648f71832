use super::*;
use crate::net::deadline::Deadline;
use std::cell::Cell;
use std::net::{IpAddr, SocketAddrV4, TcpListener, TcpStream};

/// A listener that takes no notice of who connects, as a host that is switched off: its queue is full.
struct Dead {
    listener: TcpListener,
    _filler: TcpStream,
}

impl Dead {
    fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any: SocketAddr = "127.0.0.2:0".parse().unwrap();
        socket.bind(&any.into()).unwrap();
        socket.listen(0).unwrap();
        let listener = TcpListener::from(socket);
        let filler = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Self {
            listener,
            _filler: filler,
        }
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// The next repetition of an attempt succeeds.
    fn revive(&self) {
        self.listener.accept().unwrap();
    }
}

fn live() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Where nobody listens, and nobody else can as long as the socket lives.
fn closed() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

const PATIENT: i32 = 60;

const PLAN: Plan<'_> = Plan {
    from: None,
    is_ipv4: None,
    send_buffer: None,
    has_nagle: false,
    prepare: &|_| true,
};

fn plan_from(from: SocketAddr) -> Plan<'static> {
    Plan {
        from: Some(from),
        ..PLAN
    }
}

fn patient() -> Waiting<'static> {
    Waiting::new(Deadline::after(PATIENT), &|| false)
}

fn peer(connected: OwnedFd) -> SocketAddr {
    TcpStream::from(connected).peer_addr().unwrap()
}

fn errno(result: Result<OwnedFd, ConnectError>) -> (&'static str, Option<i32>) {
    match result.unwrap_err() {
        ConnectError::Socket(error) => ("socket", error.raw_os_error()),
        ConnectError::Bind(error) => ("bind", error.raw_os_error()),
        ConnectError::Connect(error) => ("connect", error.raw_os_error()),
    }
}

#[test]
fn families_take_turns() {
    let [a, b, c, d]: [SocketAddr; 4] =
        ["[::1]:1", "[::1]:2", "[::1]:3", "1.1.1.1:4"].map(|text| text.parse().unwrap());
    assert_eq!(interleaved(&[a, b, c, d]), [a, d, b, c]);
    assert_eq!(interleaved(&[d, a, b, c]), [d, a, b, c]);
    assert_eq!(interleaved(&[b, a]), [b, a]);
    assert_eq!(interleaved(&[]), []);
}

#[test]
fn a_listener_is_reached_and_a_closed_port_refuses() {
    let (_listener, address) = live();
    let connected = connect(&[address], &PLAN, &patient()).unwrap();
    let socket = Socket::from(connected);
    assert_eq!(
        (socket.nonblocking().unwrap(), socket.tcp_nodelay().unwrap()),
        (false, true)
    );
    let (_socket, closed) = closed();
    let refused = connect(&[closed], &PLAN, &patient());
    assert_eq!(errno(refused), ("connect", Some(libc::ECONNREFUSED)));
    let nowhere = connect(&[], &PLAN, &patient());
    assert_eq!(errno(nowhere), ("connect", Some(libc::EADDRNOTAVAIL)));
}

#[test]
fn a_dead_address_does_not_keep_the_next_one_waiting() {
    let dead = Dead::new();
    let (_listener, address) = live();
    let connected = connect(&[dead.address(), address], &PLAN, &patient());
    assert_eq!(peer(connected.unwrap()), address);
}

#[test]
fn after_a_failure_the_next_address_has_its_turn_at_once() {
    let (_listener, address) = live();
    let (_socket, closed) = closed();
    let addresses = [closed, closed, address];
    let never = Duration::from_secs(3600);
    let connected = Race::new(&addresses, &PLAN).run(&patient(), never);
    assert_eq!(peer(connected.unwrap()), address);
}

#[test]
fn an_attempt_goes_on_while_others_are_made() {
    let (first, second) = (Dead::new(), Dead::new());
    let addresses = [first.address(), second.address()];
    let asked = Cell::new(0);
    // The second question comes at the latest when the second attempt is due, the third when it is under way.
    let stop = || {
        asked.set(asked.get() + 1);
        if asked.get() == 3 {
            first.revive();
        }
        false
    };
    let waiting = Waiting::new(Deadline::after(PATIENT), &stop);
    let connected = Race::new(&addresses, &PLAN).run(&waiting, Duration::from_millis(1));
    assert_eq!(peer(connected.unwrap()), first.address());
}

#[test]
fn one_deadline_counts_for_all_addresses() {
    let dead = Dead::new();
    let waiting = Waiting::new(Deadline::after(1), &|| false);
    let late = connect(&[dead.address(); 3], &PLAN, &waiting);
    assert_eq!(errno(late), ("connect", Some(libc::ETIMEDOUT)));
}

#[test]
fn an_attempt_can_be_stopped() {
    let dead = Dead::new();
    let waiting = Waiting::new(Deadline::after(0), &|| true);
    let stopped = connect(&[dead.address()], &PLAN, &waiting);
    assert_eq!(errno(stopped), ("connect", Some(libc::EINTR)));
}

#[test]
fn attempts_at_once_are_limited() {
    let dead = Dead::new();
    let addresses = vec![dead.address(); MOST + 2];
    let mut race = Race::new(&addresses, &PLAN);
    for _ in &addresses {
        assert!(race.start_next().is_none());
    }
    assert_eq!(race.runners.len(), MOST);
}

#[test]
fn the_failure_is_that_of_the_first_address() {
    let unreachable = SocketAddrV4::new([255, 255, 255, 255].into(), 1).into();
    let (_socket, closed) = closed();
    let failed = connect(&[closed, unreachable], &PLAN, &patient());
    assert_eq!(errno(failed), ("connect", Some(libc::ECONNREFUSED)));
}

#[test]
fn connections_come_from_the_address_that_was_asked_for() {
    let (listener, address) = live();
    let other_family = SocketAddr::new("::1".parse().unwrap(), address.port());
    let from: SocketAddr = "127.0.0.3:0".parse().unwrap();
    let connected = connect(&[other_family, address], &plan_from(from), &patient());
    assert_eq!(peer(connected.unwrap()), address);
    let guest: IpAddr = listener.accept().unwrap().1.ip();
    assert_eq!(guest, from.ip());
}

#[test]
fn an_address_that_is_not_ours_cannot_be_used() {
    let (_listener, address) = live();
    let from = |text: &str| plan_from(SocketAddr::new(text.parse().unwrap(), 0));
    let foreign = connect(&[address], &from("192.0.2.1"), &patient());
    assert_eq!(errno(foreign), ("bind", Some(libc::EADDRNOTAVAIL)));
    let mismatch = connect(&[address], &from("::1"), &patient());
    assert_eq!(errno(mismatch), ("bind", Some(libc::EAFNOSUPPORT)));
}

#[test]
fn a_family_leaves_the_other_out() {
    let (_listener, address) = live();
    let other_family = SocketAddr::new("::1".parse().unwrap(), address.port());
    let of = |is_ipv4| Plan {
        is_ipv4: Some(is_ipv4),
        ..PLAN
    };
    let connected = connect(&[other_family, address], &of(true), &patient());
    assert_eq!(peer(connected.unwrap()), address);
    let mismatch = connect(&[address], &of(false), &patient());
    assert_eq!(errno(mismatch), ("bind", Some(libc::EAFNOSUPPORT)));
}

#[test]
fn a_socket_that_is_refused_is_not_connected() {
    let (first, second) = (live(), live());
    let shown = Cell::new(0);
    let prepare = |_| shown.replace(shown.get() + 1) > 0;
    let plan = Plan {
        prepare: &prepare,
        ..PLAN
    };
    let connected = connect(&[first.1, second.1], &plan, &patient());
    assert_eq!((peer(connected.unwrap()), shown.get()), (second.1, 2));
    let plan = Plan {
        prepare: &|_| false,
        ..PLAN
    };
    let refused = connect(&[first.1, second.1], &plan, &patient());
    assert_eq!(errno(refused), ("bind", Some(libc::EPERM)));
}
