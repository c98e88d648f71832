//! `connect` (spec 05 §3).

use rtmp::abi::RTMP;
use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::connect::RTMP_Connect1;

use crate::handle::{Packet, Wire, has, hex, tight, unhex};
use crate::logged::logged;
use crate::messages::command;

const PLAY: &str = "030000000000861400000000 020007636f6e6e656374003ff00000000000000300036170700200046c6976650004667061640100000c6361706162696c697469657300402e000000000000000b617564696f436f646563730040a8ee0000000000000b766964656f436f6465637300406f800000000000000d766964656f46756e6374696f6e003ff0000000 c3 000000000009";

/// What is sent when `prepare` has set the fields.
fn connected(prepare: impl FnOnce(&mut Wire)) -> String {
    let mut wire = Wire::new();
    wire.set(|r| &r.Link.app, "live");
    prepare(&mut wire);
    let (result, sent) = wire.connect();
    assert_eq!((result, wire.calls()), (1, vec!["connect 1".to_owned()]));
    sent
}

fn addresses(wire: &mut Wire) {
    wire.set(|r| &r.Link.flashVer, "LNX 10,0,32,18");
    wire.set(|r| &r.Link.swfUrl, "http://h/p.swf");
    wire.set(|r| &r.Link.tcUrl, "rtmp://127.0.0.1:1935/live");
    wire.set(|r| &r.Link.pageUrl, "http://h/page.html");
}

#[test]
fn of_a_player() {
    assert_eq!(connected(|_| {}), tight(PLAY));
    let full = "030000000000fc1400000000 020007636f6e6e656374003ff00000000000000300036170700200046c6976650008666c61736856657202000e4c4e582031302c302c33322c3138000673776655726c02000e687474703a2f2f682f702e7377660005746355726c02001a72746d703a2f2f3132372e302e302e313a313933352f6c6976650004667061640100 c3 000c6361706162696c697469657300402e000000000000000b617564696f436f646563730040a8ee0000000000000b766964656f436f6465637300406f800000000000000d766964656f46756e6374696f6e003ff000000000000000077061676555726c020012687474703a2f2f682f706167652e68746d6c000009";
    assert_eq!(connected(addresses), tight(full));
}

#[test]
fn of_a_publisher() {
    let sent = "0300000000008e1400000000 020007636f6e6e656374003ff00000000000000300036170700200046c69766500047479706502000a6e6f6e707269766174650008666c61736856657202000e4c4e582031302c302c33322c3138000673776655726c02000e687474703a2f2f682f702e7377660005746355726c02001a72746d703a2f2f3132372e302e302e c3 313a313933352f6c697665000009";
    let prepare = |wire: &mut Wire| {
        addresses(wire);
        // SAFETY: a handle.
        unsafe { RTMP_EnableWrite(wire.raw()) };
    };
    assert_eq!(connected(prepare), tight(sent));
}

/// The first row with `rest` in the place of the end of the object.
fn with(rest: &str) -> String {
    let body = tight(PLAY)[24..].replacen("3ff0000000c3000000000009", "3ff0000000000000", 1);
    let body = unhex(&(body + &tight(rest)));
    let mut out = unhex("03000000");
    out.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes()[1..]);
    out.extend_from_slice(&[0x14, 0, 0, 0, 0]);
    out.extend_from_slice(&body.chunks(128).collect::<Vec<_>>().join(&0xc3));
    hex(&out)
}

#[test]
fn with_optional_fields() {
    let encoding = "000e6f626a656374456e636f64696e67 000000000000000000 000009";
    assert_eq!(
        connected(|wire| wire.r().m_bSendEncoding.set(1)),
        with(encoding)
    );
    let three = "000e6f626a656374456e636f64696e67 004008000000000000 000009";
    assert_eq!(connected(|wire| wire.r().m_fEncoding.set(3.0)), with(three));
    for (flag, auth) in [(1, "0101 020003746f6b"), (0, "0100 020003746f6b")] {
        let sent = connected(|wire| {
            wire.set(|r| &r.Link.auth, "tok");
            wire.r().Link.lFlags.set(flag);
        });
        assert_eq!(sent, with(&format!("000009 {auth}")));
    }
    assert_eq!(with("000009"), tight(PLAY));
}

/// The first row with `rest` behind the object's other members, set up by options.
fn with_options(options: &str, rest: &str) {
    let sent = connected(|wire| {
        wire.set_up(&format!("rtmp://h/live/x {options}"));
        wire.set(|r| &r.Link.flashVer, "");
        wire.set(|r| &r.Link.tcUrl, "");
    });
    assert_eq!(sent, with(&format!("{rest} 000009")), "{options}");
}

#[test]
fn with_what_enhanced_rtmp_adds() {
    // Spec 09 §3.2, §13.
    let list = "000a666f757243634c697374 0a 00000002 020004 68766331 020004 61763031";
    let number = |name: &str, value: &str| {
        let length = u16::try_from(name.len()).unwrap().to_be_bytes();
        format!(
            "{} {} 00 {value} 000000000000",
            hex(&length),
            hex(name.as_bytes())
        )
    };
    let caps = |value| number("capsEx", value);
    with_options(
        "fourCcList=hvc1,av01 capsEx=2",
        &format!("{list} {}", caps("4000")),
    );
    with_options("capsEx=0", &caps("0000"));
    let any = format!(
        "000a666f757243634c697374 0a 00000001 020001 2a
         0012 {} 03 0001 2a 00 4010000000000000 000009 0012 {} 03 0001 2a 00 4010000000000000 000009 {}",
        hex(b"videoFourCcInfoMap"),
        hex(b"audioFourCcInfoMap"),
        caps("402c"),
    );
    with_options("ertmp=1", &any);
    with_options("ertmp=0", "");
    with_options("fourCcList=hvc1 fourCcList=", "");
    // Who follows requests to reconnect, or is told of them, says so; a number of the program's own is sent as it is.
    for (options, value) in [
        ("reconnect=report", "3ff0"),
        ("reconnect=auto", "3ff0"),
        ("capsEx=6 reconnect=auto", "401c"),
        ("reconnect=report capsEx=0", "3ff0"),
        ("capsEx=1 reconnect=report", "3ff0"),
        ("capsEx=1", "3ff0"),
        ("capsEx=1 reconnect=no", "3ff0"),
        ("reconnect=auto reconnect=no capsEx=6", "4018"),
    ] {
        with_options(options, &caps(value));
    }
    with_options("reconnect=no", "");
    with_options("reconnect=report reconnect=no", "");
    with_options("ertmp=1 reconnect=no", &any);
    let all = any.replace("402c", "402e");
    with_options("ertmp=1 reconnect=auto", &all);
    with_options("reconnect=report ertmp=1", &all);
    // What is said by itself wins, whatever stands first.
    for options in ["ertmp=1 capsEx=2", "capsEx=2 ertmp=1"] {
        with_options(options, &any.replace(&caps("402c"), &caps("4000")));
    }
    let one = any.replace("00000001 020001 2a", "00000001 020004 4f707573");
    with_options("fourCcList=Opus ertmp=1", &one);
    let maps = any.replace(
        "0001 2a 00 4010000000000000",
        "0004 4f707573 00 3ff0000000000000",
    );
    with_options(
        "videoFourCcInfoMap=Opus:1 ertmp=1 audioFourCcInfoMap=Opus:1",
        &maps,
    );
}

#[test]
fn abilities_with_video_are_told_by_publishers_too() {
    let function = |value: &str| {
        tight(&format!(
            "000d {} 00 {value} 000000000000",
            hex(b"videoFunction")
        ))
    };
    for (options, publishes, value) in [
        ("videoFunction=7", false, Some("401c")),
        ("videoFunction=7", true, Some("401c")),
        ("videoFunction=0", false, Some("0000")),
        ("", false, Some("3ff0")),
        ("", true, None),
        ("ertmp=1", true, None),
    ] {
        let sent = connected(|wire| {
            wire.set_up(&format!("rtmp://h/live/x {options}"));
            wire.r().m_outChunkSize.set(4096);
            if publishes {
                // SAFETY: a handle.
                unsafe { RTMP_EnableWrite(wire.raw()) };
            }
        });
        let found = ["401c", "0000", "3ff0"]
            .iter()
            .find(|value| sent.contains(&function(value)));
        assert_eq!(found.copied(), value, "{options} {publishes}: {sent}");
        assert_eq!(sent.contains(&hex(b"videoFunction")), value.is_some());
    }
}

#[test]
fn with_an_empty_app() {
    let sent = connected(|wire| wire.set(|r| &r.Link.app, ""));
    assert!(
        sent.contains(&tight("03 0003617070 020000 000466706164")),
        "{sent}"
    );
}

#[test]
fn with_extra_arguments() {
    // Options `conn`, and what stands behind the object.
    let rows = [
        (
            "conn=B:1 conn=S:authMe conn=O:1 conn=NN:code:1.23 conn=NS:flag:ok conn=O:0",
            "0101 020006617574684d65 03 0004636f6465003ff3ae147ae147ae 0004666c61670200026f6b 000009",
        ),
        (
            "conn=N:42 conn=Z: conn=O:1 conn=NB:x:1 conn=NO:sub:1 conn=NS:k:v conn=O:0 conn=Z: conn=S:unnamed conn=O:0 conn=B:0",
            "004045000000000000 05 03 0001780101 000373756203 00016b02000176 000009 05 020007756e6e616d6564 000009 0100",
        ),
    ];
    for (options, bytes) in rows {
        let mut wire = Wire::new();
        wire.set_up(&format!("rtmp://h/live/x {options}"));
        let (result, sent) = wire.connect();
        // Without the header bytes of the chunks.
        let body: Vec<u8> = unhex(&sent)[12..]
            .chunks(129)
            .flat_map(|chunk| &chunk[..chunk.len().min(128)])
            .copied()
            .collect();
        assert_eq!(result, 1);
        assert!(
            hex(&body).ends_with(&tight(&format!("000009 {bytes}"))),
            "{sent}"
        );
    }
}

#[test]
fn a_program_may_send_its_own() {
    let wire = Wire::new();
    wire.push_bytes(&[&[3], &[0; 3072][..]].concat());
    let body = command("hello", 7.0, &[]);
    let mut memory = [&[0; 18], &body[..]].concat();
    let mut packet = Packet::new();
    (packet.kind, packet.channel) = (0x14, 3);
    packet.size = u32::try_from(body.len()).unwrap();
    packet.body = memory[18..].as_mut_ptr();
    // SAFETY: a handle, and a packet with its body.
    assert_eq!(unsafe { RTMP_Connect1(wire.raw(), packet.raw()) }, 1);
    assert_eq!(wire.calls(), ["hello 7"]);
    assert!(
        wire.sent()
            .ends_with(&format!("0300000000001114{:08}{}", 0, hex(&body)))
    );
}

#[test]
fn a_text_that_does_not_fit_its_length_field_is_sent_long() {
    // §8 row 6: no limit of 4096 bytes.
    let long = "x".repeat(70_000);
    let (result, lines) = logged(|| {
        let mut wire = Wire::new();
        wire.set(|r: &RTMP| &r.Link.app, &long);
        wire.r().m_outChunkSize.set(100_000);
        let (result, sent) = wire.connect();
        (
            result,
            sent.contains(&(tight("0003617070 0c 00011170") + &hex(long.as_bytes()))),
        )
    });
    assert_eq!(result, (1, true));
    assert!(!has(&lines, "1 RTMP_Connect1, RTMP connect failed."));
}
