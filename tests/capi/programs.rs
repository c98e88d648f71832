//! The programs in `capi-tests/c`: what they print must be the same on both libraries, whichever headers they were
//! compiled with; and no memory checker finds anything when they run on ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::cc::{Program, Side, repository, run};

const SANITIZED: [&str; 3] = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];

const VALGRIND: [&str; 6] = [
    "valgrind",
    "--quiet",
    "--error-exitcode=99",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite",
    "--show-leak-kinds=definite",
];

fn build(file: &str, headers: Side, linked: Side, flags: &[&str], name: &str) -> PathBuf {
    let source = format!("capi-tests/c/{file}");
    Program {
        source: &source,
        headers,
        linked,
        flags,
    }
    .build(name)
}

fn same_output(file: &str) {
    let for_original = build(file, Side::Original, Side::Original, &[], "original");
    let for_ours = build(file, Side::Ours, Side::Original, &[], "ours");
    let expected = run(&[], &for_original, &[], Side::Original);
    assert!(!expected.is_empty());
    for (program, side) in [
        (&for_ours, Side::Original),
        (&for_original, Side::Ours),
        (&for_ours, Side::Ours),
    ] {
        let printed = run(&[], program, &[], side);
        assert!(
            printed == expected,
            "{} on {side:?}:\n{}",
            program.display(),
            first_difference(&printed, &expected)
        );
    }
}

fn first_difference(printed: &str, expected: &str) -> String {
    let mut pairs = printed.lines().zip(expected.lines());
    pairs
        .find(|(printed, expected)| printed != expected)
        .map_or_else(
            || format!("one ends early:\n{printed}\n--- expected:\n{expected}"),
            |(printed, expected)| format!("printed:  {printed}\nexpected: {expected}"),
        )
}

/// Each step takes fifty times as long: programs with thousands of like steps take a part of them.
const SLOW: [&str; 1] = ["-DEACH_STEP_IS_SLOW"];

fn valgrind(file: &str) {
    let program = build(file, Side::Ours, Side::Ours, &SLOW, "valgrind");
    let suppressions = repository().join("capi-tests/valgrind.supp");
    let suppressions = format!("--suppressions={}", suppressions.display());
    let checker = [&VALGRIND[..], &[&suppressions]].concat();
    run(&checker, &program, &[], Side::Ours);
}

fn sanitizers(file: &str) {
    let program = build(file, Side::Ours, Side::Ours, &SANITIZED, "sanitized");
    run(&[], &program, &[], Side::Ours);
}

/// The tests of each program.
macro_rules! programs {
    ($($name:ident: $file:literal),* $(,)?) => {
        const FILES: &[&str] = &[$($file),*];
        $(mod $name {
            #[test]
            fn same_output() {
                super::same_output($file);
            }
            #[test]
            fn valgrind() {
                super::valgrind($file);
            }
            #[test]
            fn sanitizers() {
                super::sanitizers($file);
            }
        })*
    };
}

programs! {
    amf: "amf.c",
    cxx: "cxx.cpp",
    data: "data.c",
    garbage: "garbage.c",
    lifetimes: "lifetimes.c",
    log_callback: "log_callback.c",
    log_file: "log_file.c",
    packets: "packets.c",
    reads: "reads.c",
    session: "session.c",
    setup: "setup.c",
}

/// Symbols are bound when the program starts: the first call of a function would save all registers on the stack, and
/// `secrets.c` looks for what is left there.
const BOUND: [&str; 1] = ["-Wl,-z,now"];

/// The tests of each program that has no counterpart: the original crashes, hangs or mixes things up.
macro_rules! programs_of_ours {
    ($($name:ident: $file:literal prints $expected:literal),* $(,)?) => {
        const FILES_OF_OURS: &[&str] = &[$($file),*];
        $(mod $name {
            #[test]
            fn output() {
                let program = super::build($file, super::Side::Ours, super::Side::Ours, &super::BOUND, "ours");
                assert_eq!(super::run(&[], &program, &[], super::Side::Ours), $expected);
            }
            #[test]
            fn valgrind() {
                super::valgrind($file);
            }
            #[test]
            fn sanitizers() {
                super::sanitizers($file);
            }
        })*
    };
}

programs_of_ours! {
    asked: "asked.c" prints
        "a publisher moves: numbers in many lines, refused in some, of the next connection in some, a request in some, 0 faults\n\
        a player moves: numbers in many lines, refused in some, of the next connection in some, a request in some, 0 faults\n\
        a login: numbers in many lines, refused in none, of the next connection in some, a request in none, 0 faults\n",
    by_hand: "by_hand.c" prints "rtmp: 20 messages written, the same read, served\n\
        rtmpe: 20 messages written, the same read, served\n\
        rtmps: 20 messages written, the same read, served\n",
    cancelled: "cancelled.c" prints "RTMP_Read, closed: cancelled\n\
        RTMP_Read: cancelled\n\
        RTMP_ReadPacket: cancelled\n\
        RTMP_SendPacket: cancelled\n\
        RTMPSockBuf_Fill: cancelled\n\
        logging: returned\n\
        RTMP_Close: returned\n",
    chunks: "chunks.c" prints "one message: 4:300/300!, reports: 42 00 00 00 00 00 04 03 00 00 01 0d\n\
        chunk by chunk: 4:128/300 4:256/300 4:300/300!, reports: 42 00 00 00 00 00 04 03 00 00 01 0d\n\
        dumped: 4:128/300 4:256/300 4:300/300!, reports: 42 00 00 00 00 00 04 03 00 00 01 0d\n\
        two messages: 4:300/300! 4:300/300!, reports: 42 00 00 00 00 00 04 03 00 00 01 0d c2 00 00 02 47\n\
        two streams: 4:256/300 5:2/2! 4:300/300! 5:2/2!, reports: 42 00 00 00 00 00 04 03 00 00 01 0d\n\
        two streams, chunk by chunk: 4:128/300 4:256/300 5:2/2! 4:300/300! 5:2/2!, reports: 42 00 00 00 00 00 04 03 00 00 01 0d\n\
        not all of it: 4:256/300, reports: 42 00 00 00 00 00 04 03 00 00 01 0d\n\
        both ways: many messages, 0 differences\n",
    closing: "closing.c" prints "two closers, one of them a reader: done\n\
        two closers, one of them a writer: done\n\
        four closers at once: done\n\
        freed beside a writer: done\n\
        close while a bad channel is refused: 0, connected 0\n\
        close while a bad type is refused: 0, connected 0\n\
        send while a bad channel is refused: 0, connected 1\n\
        send while a bad type is refused: 0, connected 1\n\
        send badly while a bad channel is refused: 0, connected 1\n\
        send badly while a bad type is refused: 0, connected 1\n\
        callbacks inside reading: done\n\
        callbacks inside commands: done\n\
        callbacks inside dumps: done\n\
        callbacks between pieces: done\n\
        callbacks inside a chunk: done\n\
        callbacks inside values: done\n\
        callbacks inside decoding: done\n\
        closed by a handler inside a read: done\n\
        closed by a handler inside a write: done\n\
        a writer that closes beside a reader: done\n\
        closed by a handler beside a sender: done\n\
        hello, memory of the caller, on his stack\n\
        world\n",
    cuts: "cuts.c" prints "cut anywhere: many times, 0 differences\n\
        a callback takes a packet: 350 bytes inside, 508 outside\n\
        a callback reads FLV: 730 bytes inside, 143 outside\n\
        a callback closes: 0 bytes inside, 143 outside\n",
    configure: "configure.c" prints "sizes: shorter ones are refused, longer ones are not, huge ones are\n\
        NULL: 0, 0, 1\n\
        set up: yes, connected: busy, streaming: busy, closed: yes, not connected: yes, cancelled: yes\n\
        starting: busy, ended: yes, closed: yes\n\
        a socket of the program's: busy, closed: yes\n\
        RTMP_Connect0 in vain: yes\n\
        inside: 1 socket, asked twice, events: some, RTMP_Configure worked 0 times\n\
        inside RTMP_SetupURL: 1 socket, asked twice, RTMP_Configure worked 0 times\n\
        onSocket cancels: 0, ECANCELED, cancelled\n\
        onWait cancels: 0, ECANCELED, cancelled\n\
        onEvent cancels: 0, ECANCELED, cancelled\n\
        onSocket refuses: kind 4, 1 socket\n\
        onEvent sends: something in RTMP_ConnectStream, something in RTMP_Read, something in RTMP_ClientPacket\n\
        errno: the library's, 1 socket, some events\n\
        one after the other: the first is not told any more, the second is told as much\n\
        changed: nothing is told any more\n\
        freed: nobody looks\n\
        closed while it is asked: nobody looks\n",
    configure_in_cxx: "configure_cxx.cpp" prints
        "onSocket, RTMP_Connect: 0, some thrown, all destroyed, 0 in flight\n\
        onSocket, RTMP_Start: -1, some thrown, all destroyed, 0 in flight\n\
        rtmp, RTMP_Read: 3313 bytes, some thrown, all destroyed, 0 in flight\n\
        rtmp, RTMP_ReadPacket and RTMP_ClientPacket: 20 messages, some thrown, all destroyed, 0 in flight\n\
        rtmp, RTMP_Write: all came, some thrown, all destroyed, 0 in flight\n\
        rtmp, RTMP_Start and RTMP_Drive: 3313 bytes, some thrown, all destroyed, 0 in flight\n\
        rtmps, RTMP_Read: 3313 bytes, some thrown, all destroyed, 0 in flight\n\
        rtmps, RTMP_ReadPacket and RTMP_ClientPacket: 20 messages, some thrown, all destroyed, 0 in flight\n\
        rtmps, RTMP_Write: all came, some thrown, all destroyed, 0 in flight\n\
        rtmps, RTMP_Start and RTMP_Drive: 3313 bytes, some thrown, all destroyed, 0 in flight\n",
    capabilities: "capabilities.cpp" prints "answered 0, HEVC 0, first 0, payload 1 of 2 tracks, the second is 6 at 19+3\n",
    enhanced: "enhanced.c" prints "vp08 vp09 av01 avc1 hvc1 vvc1 ac-3 ec-3 Opus .mp3 fLaC mp4a\n\
        no answer, said 0, fields zero\n\
        said f, enhanced 1, capsEx 6, size kept, later fields zero, bytes behind untouched\n\
        listed: hvc1=0 Opus=0\n\
        video: hvc1=3 *=4\n\
        audio: Opus=7\n\
        hvc1 known 4 av01 known 4 Opus known 7 fLaC unknown 0\n\
        no answer, said 0, fields zero\n\
        no answer, said 0, fields zero\n\
        said 0, enhanced 0, capsEx 0, size kept, later fields zero, bytes behind untouched\n\
        listed:\n\
        video:\n\
        audio:\n\
        hvc1 unknown 0 av01 unknown 0 Opus unknown 0 fLaC unknown 0\n\
        no answer, said 0, fields zero\n\
        said f, enhanced 1, capsEx 6, size kept, later fields zero, bytes behind untouched\n\
        listed: hvc1=0 Opus=0\n\
        video: hvc1=3 *=4\n\
        audio: Opus=7\n\
        hvc1 known 4 av01 known 4 Opus known 7 fLaC unknown 0\n\
        no answer, said 0, fields zero\n\
        38 of 38 messages as expected\n\
        2 of 3 long ones: 1 7 ms, size kept, later 0; 2 8 ms, size kept, later 0; the third is untouched\n\
        too short: 0, no room: 0\n",
    errors: "errors.c" prints "at first: kind 0, phase 0, system none, detail none, code '', text \n\
        version 1: 1108 bytes, code at 20, text at 84\n\
        too short: 0 times written, untouched\n\
        as long: no more, untouched\n\
        longer: 0 bytes not zeroed, size kept, untouched\n\
        NULL: 0, 0, 0\n\
        refused: kind 5, phase 1, system ECONNREFUSED, detail none, code '', text connecting: Connection refused\n\
        version 1: 1108 bytes, code at 20, text at 84\n\
        too short: 0 times written, untouched\n\
        as long: no more, untouched\n\
        longer: 0 bytes not zeroed, size kept, untouched\n\
        NULL: 0, 0, 0\n\
        closed: kind 5, phase 1, system ECONNREFUSED, detail none, code '', text connecting: Connection refused\n\
        closed twice: kind 5, phase 1, system ECONNREFUSED, detail none, code '', text connecting: Connection refused\n\
        written over: kind 0, phase 0, system none, detail none, code '', text \n\
        initialised: kind 0, phase 0, system none, detail none, code '', text \n\
        no host: kind 3, phase 1, system none, detail EAI_NONAME, code '', text connecting: there is no host to connect to\n\
        threads: 120 refused, 120 lost, 120 cancelled, all whole\n",
    exceptions: "exceptions.cpp" prints "objects: 2, some thrown, all destroyed, 0 in flight\n\
        numbers: 2, some thrown, all destroyed, 0 in flight\n\
        connecting in vain: 0, some thrown, all destroyed, 0 in flight\n\
        caught around RTMP_Log: 1, some thrown, all destroyed, 0 in flight\n\
        fetched: 0, some thrown, all destroyed, 0 in flight\n",
    forks: "forks.c" prints "a thread reads: 8 ways\n\
        a thread writes: 8 ways\n\
        the parent's goodbye came\n",
    forks_start: "forks_start.c" prints "in a handshake: 10 ways\n\
        at once: 30 times\n\
        beside others: 40 times\n",
    moves: "moves.c" prints "a publisher goes on: yes, all came: yes\n\
        a publisher goes on, with another URL: yes, all came: yes\n\
        a player goes on: 3313 bytes, 1 header\n\
        beside a reader: all came: yes\n\
        cancelled: reconnect: waiting for the stream: cancelled\n\
        cancelled: reconnect: waiting for the stream: cancelled\n\
        in vain: connected 0, reconnect: connecting: Connection refused\n\
        closed in every line of a move: many\n\
        closed in every line of a move: many\n",
    null: "null.c" prints "131 functions, 0 wrong answers\n",
    options: "options.c" prints "set up 1, configured 1\n\
        playpath: 10 bytes 'other name'\n\
        tcUrl: 23 bytes 'rtmp://name.invalid/app'\n\
        goAway: type 1, 1\n\
        id: 3 bytes 'a,b'\n\
        rate: type 0, 1.5\n\
        connected 1\n\
        family: 0, EINVAL, start 7, stop 0\n\
        bogus: 0, EINVAL, start 7, stop 0\n\
        live: 0, EINVAL, start 7, stop 0\n",
    random: "random.c" prints "rtmp: sum 69fa69d6, 0 panics\n\
        rtmpe: handshake: the system has no random bytes, 0 panics\n\
        rtmps: TLS: the system has no random bytes, 0 panics\n\
        server: no context, 0 panics\n",
    reconnect_request: "reconnect_request.c" prints
        "asked: 1, state 1, count 1, rtmp://joe:a%40b@other.example:1936/new/app?ticket=1, new/app?ticket=1, maintenance, \n\
        closed: 1, state 1, count 1, rtmp://joe:a%40b@other.example:1936/new/app?ticket=1, new/app?ticket=1, maintenance, \n\
        moved: 0, state 0, count 0, , , , \n\
        x:1936\n\
        host: 13 bytes 'other.example'\n\
        app: 16 bytes 'new/app?ticket=1'\n\
        tcUrl: 42 bytes 'rtmp://other.example:1936/new/app?ticket=1'\n\
        user: 3 bytes 'joe'\n\
        password: 3 bytes 'a@b'\n\
        1 message, 0 odd looks\n",
    secrets: "secrets.c" prints "URL: 0 blocks with a password\n\
        URL, another login: 0 blocks with a password\n\
        SOCKS5: 0 blocks with a password\n\
        SOCKS5 untried: 0 blocks with a password\n\
        CONNECT: 0 blocks with a password\n",
    sends: "sends.c" prints "as programs do: 3520 messages, 0 faults\n\
        dumped: 3520 messages, 0 faults\n",
    sizes: "sizes.c" prints "RTMP_CONFIG: 0 faults\n\
        RTMP_EVENT: as long as it says\n\
        RTMP_ERROR: 240 structs, 0 faults\n\
        RTMP_STATS: 240 structs, 0 faults\n\
        RTMP_WANT: 240 structs, 0 faults\n\
        RTMP_CAPABILITIES: 360 structs, 0 faults\n\
        RTMP_RECONNECT: 360 structs, 0 faults\n\
        RTMP_PAYLOAD: 240 structs, 0 faults\n\
        RTMP_TRACK: 240 structs, 0 faults\n\
        0 faults\n",
    starting: "starting.c" prints "looking up a name: cancelled cancelled aside closed forked\n\
        connecting: cancelled cancelled aside closed forked\n\
        shaking hands for TLS: cancelled cancelled aside closed forked\n\
        shaking hands: cancelled cancelled aside closed forked\n\
        the dialogue: cancelled cancelled aside closed forked\n",
    stats: "stats.c" prints "sizes: all shorter ones refused, 65 filled, 0 faults\n\
        publisher: streaming, 3 messages and 3231 bytes in, 55 and 18634 out, as many on the wire\n\
        \x20 closed: idle, 3 messages and 3231 bytes in, 57 and 18717 out, as many on the wire\n\
        \x20 as new: idle, 0 messages and 0 bytes in, 0 and 0 out, as many on the wire\n\
        player\n\
        \x20 closed: idle, 24 messages and 6419 bytes in, 8 and 3452 out, as many on the wire\n\
        \x20 as new: idle, 0 messages and 0 bytes in, 0 and 0 out, as many on the wire\n",
    stats_in_cxx: "stats.cpp" prints "1 fresh: phase 0, 0 bytes\n\
        1 connected 0: phase 0, name found, socket not connected\n\
        1 closed: phase 0, name found\n\
        0\n",
    threads: "threads.c" prints "closed while reading: 0\n\
        400 of 400 messages intact, 300 of 300 pongs in order\n\
        2000 of 2000 lines whole\n",
    tls: "tls.c" prints "1000 bytes at a time: 33013 bytes, sum 5a5e33d9\n\
        65536 bytes at a time: 33013 bytes, sum 5a5e33d9\n\
        the server got 50 messages, sum 66a5cc74\n\
        a stranger: 0\n",
}

/// Its allocator stands in the place of a memory checker's: AddressSanitizer and valgrind cannot run it.
const WITH_AN_ALLOCATOR: &str = "memory.c";

#[test]
fn memory_runs_out() {
    let flags = ["-D_GNU_SOURCE"];
    let program = build(WITH_AN_ALLOCATOR, Side::Ours, Side::Ours, &flags, "ours");
    let printed = run(&[], &program, &[], Side::Ours);
    let expected = "play, one by one: 0 faults of many
play, no more of them: 0 faults of many
publish, one by one: 0 faults of many
publish, no more of them: 0 faults of many
setup, one by one: 0 faults of many
setup, no more of them: 0 faults of many
AMF, one by one: 0 faults of many
AMF, no more of them: 0 faults of many
play, RTMPE, one by one: 0 faults of many
publish, RTMPE, one by one: 0 faults of many
a long message, no more address space: status 0, result -1, said so, 0 messages
a long aggregate, no more address space: status 0, result -1, said so, 0 messages
a long message, long ones fail: status 0, result 0, said nothing, 0 messages
a long aggregate, long ones fail: status 0, result 0, said nothing, 0 messages
a long tag, long ones fail: status 0, result 1, said nothing, 2 messages
";
    assert_eq!(printed, expected);
}

/// `errors.c`, as C++ understands it.
const IN_CXX: &str = "errors_cxx.cpp";

#[test]
fn errors_in_cxx() {
    let [in_c, in_cxx] = ["errors.c", IN_CXX].map(|file| {
        let program = build(file, Side::Ours, Side::Ours, &[], "both");
        run(&[], &program, &[], Side::Ours)
    });
    assert_eq!(in_c, in_cxx);
}

/// It refuses system calls, those of a memory checker too.
const WITH_A_SANDBOX: &str = "sandbox.c";

#[test]
fn system_calls_are_refused() {
    let flags = ["-D_GNU_SOURCE"];
    let program = build(WITH_A_SANDBOX, Side::Ours, Side::Ours, &flags, "ours");
    let printed = run(&[], &program, &[], Side::Ours);
    if printed.starts_with("there is no seccomp here") {
        eprint!("{printed}");
        return;
    }
    assert_eq!(printed, "some work, some fail by name, 0 faults\n");
}

/// It stands in the place of functions of the system, which valgrind knows by their callers.
const WITH_WATCHED_CALLS: &str = "nonblocking.c";

#[test]
fn no_call_waits() {
    let expected = "rtmp, played: 16513 bytes, the same
rtmp, published: 120 messages, the same
rtmp, a peer that takes nothing: nothing is read in the end
rtmp, a peer that takes nothing: \"streaming: sending: Resource temporarily unavailable\"
rtmp, a peer that says nothing: \"streaming: nothing was received in time\"
rtmpe, played: 16513 bytes, the same
rtmpe, published: 120 messages, the same
rtmpe, a peer that takes nothing: nothing is read in the end
rtmpe, a peer that takes nothing: \"streaming: sending: Resource temporarily unavailable\"
rtmpe, a peer that says nothing: \"streaming: nothing was received in time\"
rtmps, played: 16513 bytes, the same
rtmps, published: 120 messages, the same
rtmps, a peer that takes nothing: nothing is read in the end
rtmps, a peer that takes nothing: \"streaming: sending: Resource temporarily unavailable\"
rtmps, a peer that says nothing: \"streaming: nothing was received in time\"
a peer that does not shake hands: \"connecting: cancelled\"
closed in the middle of connecting
what would wait is refused
a longer struct: 0 0, untouched
a shorter struct: untouched
many calls, 0 calls waited
";
    for (flags, name) in [(&[][..], "ours"), (&SANITIZED, "sanitized")] {
        let program = build(WITH_WATCHED_CALLS, Side::Ours, Side::Ours, flags, name);
        assert_eq!(run(&[], &program, &[], Side::Ours), expected);
    }
}

/// What is jumped over is never freed: the memory checkers would not like it.
#[test]
fn a_handler_that_jumps_out_of_a_call() {
    let jumps = ["-DJUMPS"];
    let program = build("closing.c", Side::Ours, Side::Ours, &jumps, "jumping");
    let printed = run(&[], &program, &[], Side::Ours);
    let last = "closed by a handler inside a read, left by a jump: done\n\
        closed by a handler inside a write, left by a jump: done\n";
    assert!(printed.ends_with(last), "{printed}");
}

#[test]
fn every_program_is_run() {
    let present: BTreeSet<_> = fs::read_dir(repository().join("capi-tests/c"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|file| !file.ends_with(".h"))
        .collect();
    let run: BTreeSet<_> = FILES
        .iter()
        .copied()
        .chain(FILES_OF_OURS.iter().copied())
        .chain([
            WITH_AN_ALLOCATOR,
            WITH_A_SANDBOX,
            WITH_WATCHED_CALLS,
            IN_CXX,
        ])
        .map(str::to_string)
        .collect();
    assert_eq!(present, run);
}
