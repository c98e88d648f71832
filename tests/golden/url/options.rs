//! `RTMP_SetOpt`, and options behind a URL (spec 02 §6, §7).

use std::ffi::c_int;

use rtmp::abi::{AMFObject, AMFObjectProperty, OptionName, RTMP_LF_FTCU};

use super::{Session, argument, counted, show};
use crate::logged::logged;

#[test]
fn options_behind_the_url() {
    /// Appends `options` to a URL and shows what they changed.
    fn with(options: &str) -> (c_int, c_int, c_int, c_int) {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play{options}"));
        let link = &session.rtmp().Link;
        (
            ret,
            link.lFlags.get(),
            link.seekTime.get(),
            link.stopTime.get(),
        )
    }
    assert_eq!(with(" live=1"), (1, 0x2, 0, 0));
    assert_eq!(with(" LIVE=TRUE"), (1, 0x2, 0, 0));
    assert_eq!(with(" live=on playlist=yes swfVfy=true"), (1, 0xe, 0, 0));
    assert_eq!(with(" live=0"), (1, 0, 0, 0));
    assert_eq!(with(" live=2"), (1, 0, 0, 0));
    assert_eq!(with(" live=1 live=0"), (1, 0x2, 0, 0));
    assert_eq!(with(" live=1   start=5  stop=0x10"), (1, 0x2, 5, 16));
    assert_eq!(with(" live=1  "), (1, 0x2, 0, 0));
    assert_eq!(with(" live"), (1, 0, 0, 0));
    assert_eq!(with(" live start=5"), (0, 0, 0, 0));
    assert_eq!(with(" bogus=1"), (0, 0, 0, 0));
    assert_eq!(with(" auth=x"), (0, 0, 0, 0));
    assert_eq!(with(" start=5 =7"), (0, 0, 5, 0));
    assert_eq!(with(" start=-5 stop=010"), (1, 0, -5, 8));
    assert_eq!(
        with(" start=abc stop=99999999999"),
        (1, 0, 0, 1_215_752_191)
    );
    // Ours: the original reads the bytes behind the shortened values too.
    assert_eq!(with(r" live=\31 start=\31"), (1, 0x2, 1, 0));
    // Ours: the original refuses the second blank.
    assert_eq!(with("  live=1"), (1, 0x2, 0, 0));
}

#[test]
fn numbers_behind_the_url() {
    let (session, ret) = Session::with_url("rtmp://h/app/play buffer=1000 timeout=7 swfAge=0");
    let rtmp = session.rtmp();
    let numbers = (
        rtmp.m_nBufferMS.get(),
        rtmp.Link.timeout.get(),
        rtmp.Link.swfAge.get(),
    );
    assert_eq!((ret, numbers), (1, (1000, 7, 0)));
    let (session, ret) = Session::with_url("rtmp://h/app/play timeout=");
    assert_eq!((ret, session.rtmp().Link.timeout.get()), (1, 0));
}

#[test]
fn texts_behind_the_url() {
    let (session, ret) = Session::with_url(
        r#"rtmp://h/app/play flashver=WIN\2010,0,1,1 playpath=a\20b\5cc subscribe=a=b=c jtv={"a":1}"#,
    );
    let link = &session.rtmp().Link;
    assert_eq!(ret, 1);
    assert_eq!(show(&link.flashVer), "WIN 10,0,1,1");
    assert_eq!(link.playpath.bytes(), br"a b\c");
    assert_eq!(link.subscribepath.bytes(), b"a=b=c");
    assert_eq!(link.usherToken.bytes(), br#"{"a":1}"#);
    let (session, ret) = Session::with_url(r"rtmp://h/app/play playpath=ab\20");
    assert_eq!(
        (ret, show(&session.rtmp().Link.playpath)),
        (1, "ab ".to_owned())
    );
    assert_eq!(Session::with_url(r"rtmp://h/app/play playpath=ab\2").1, 0);
    // Ours: the original puts some byte there.
    let (session, ret) = Session::with_url(r"rtmp://h/app/play playpath=C:\zz");
    assert_eq!(ret, 1);
    assert_eq!(session.rtmp().Link.playpath.bytes(), br"C:\zz");
}

#[test]
fn options_one_by_one() {
    let mut session = Session::new();
    // Ours: the original reads names, flags and numbers up to a NUL.
    assert_eq!(session.set(&counted("liveX", 4), &argument("0")), 1);
    assert_eq!(session.set(&counted("liveX", 5), &argument("1")), 0);
    assert_eq!(session.rtmp().Link.lFlags.get(), 0);
    assert_eq!(session.set(&argument("live"), &counted("yesterday", 3)), 1);
    assert_eq!(session.rtmp().Link.lFlags.get(), 2);
    assert_eq!(session.set(&argument("start"), &counted("123456", 3)), 1);
    assert_eq!(session.rtmp().Link.seekTime.get(), 123);
    assert_eq!(session.set(&argument("conn"), &counted("S:abcdef", 4)), 1);
    assert_eq!(arguments(&session.rtmp().Link.extras), r#"["ab"]"#);
    assert_eq!(session.set(&argument("playpath"), &argument("foo.mp4")), 1);
    assert_eq!(show(&session.rtmp().Link.playpath), "foo.mp4");
}

#[test]
fn options_that_the_header_has_no_field_for() {
    // Ours: the original does not know them.
    let (mut session, ret) =
        Session::with_url("rtmps://joe:pw@h/app/play tlsCAFile=/ca.pem bind=192.0.2.1");
    let shown = |session: &Session| {
        let rtmp = session.rtmp();
        let texts = [OptionName::TlsCaFile, OptionName::Bind].map(|name| rtmp.text_option(name));
        texts.map(|text| text.map(|text| text.escape_ascii().to_string()))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!((ret, session.rtmp().certificate_demand()), (1, None));
    assert_eq!(shown(&session), [some("/ca.pem"), some("192.0.2.1")]);
    // What the program sets stays, what stood behind the URL goes with it.
    assert_eq!(session.set(&argument("BIND"), &argument("::1")), 1);
    assert_eq!(session.set_up("rtmps://h/app/play tlsVerify=1"), 1);
    assert_eq!(session.rtmp().certificate_demand(), Some(true));
    assert_eq!(shown(&session), [None, some("::1")]);
    // What cannot be kept is refused.
    let long = "1".repeat(64);
    assert_eq!(session.set(&argument("bind"), &argument(&long)), 0);
    assert_eq!(shown(&session), [None, some("::1")]);
}

#[test]
fn limits_of_waiting_are_milliseconds() {
    // Ours.
    let limits = |session: &Session| {
        let rtmp = session.rtmp();
        [
            OptionName::ConnectTimeout,
            OptionName::SendTimeout,
            OptionName::ReceiveTimeout,
        ]
        .map(|name| rtmp.number_option(name))
    };
    let url = "rtmp://h/app/play timeout=3 connectTimeout=250 sendtimeout=0 receiveTimeout=0x10";
    let (mut session, ret) = Session::with_url(url);
    assert_eq!(ret, 1);
    assert_eq!(limits(&session), [Some(250), Some(0), Some(16)]);
    assert_eq!(session.rtmp().Link.timeout.get(), 3);
    // What is no number of milliseconds changes nothing.
    for value in ["", "-1", "5s", "1.5", "2147483648"] {
        let set = session.set(&argument("sendTimeout"), &argument(value));
        assert_eq!(set, 0, "{value}");
    }
    assert_eq!(limits(&session), [Some(250), Some(0), Some(16)]);
    assert_eq!(session.set(&argument("sendTimeout"), &argument("7")), 1);
    assert_eq!(session.set_up("rtmp://h/app/play"), 1);
    assert_eq!(limits(&session), [None, Some(7), None]);
    assert_eq!(session.set_up("rtmp://h/app/play connectTimeout=no"), 0);
}

#[test]
fn bytes_to_send_ahead_are_some() {
    // Ours.
    let ahead = |session: &Session| session.rtmp().number_option(OptionName::SendAhead);
    let (mut session, ret) = Session::with_url("rtmp://h/app/play sendahead=65536");
    assert_eq!((ret, ahead(&session)), (1, Some(65_536)));
    for value in ["", "0", "-1", "64k", "1.5", "2147483648"] {
        let set = session.set(&argument("sendAhead"), &argument(value));
        assert_eq!(set, 0, "{value}");
    }
    assert_eq!(ahead(&session), Some(65_536));
    assert_eq!(session.set_up("rtmp://h/app/play"), 1);
    assert_eq!(ahead(&session), None);
    assert_eq!(session.set(&argument("sendAhead"), &argument("1")), 1);
    assert_eq!(ahead(&session), Some(1));
    assert_eq!(session.set_up("rtmp://h/app/play sendAhead=0"), 0);
}

#[test]
fn requests_to_reconnect_are_reported_followed_or_ignored() {
    // Ours.
    let mode = |session: &Session| session.rtmp().number_option(OptionName::Reconnect);
    let (mut session, ret) = Session::with_url("rtmp://h/app/play RECONNECT=Report");
    assert_eq!((ret, mode(&session)), (1, Some(1)));
    for value in ["", "yes", "1", "2", "reports", "auto,report", "au"] {
        let (set, lines) = logged(|| session.set(&argument("reconnect"), &argument(value)));
        assert_eq!(set, 0, "{value}");
        let line = "1 Option reconnect is not report, auto or no";
        assert_eq!(lines, [line], "{value}");
        assert_eq!(mode(&session), Some(1), "{value}");
    }
    for (value, number) in [
        ("auto", 2),
        ("no", 0),
        ("report", 1),
        ("off", 0),
        ("AUTO", 2),
    ] {
        let set = session.set(&argument("reconnect"), &argument(value));
        assert_eq!((set, mode(&session)), (1, Some(number)), "{value}");
    }
    // The program's stays, that of a URL goes with it.
    assert_eq!(session.set_up("rtmp://h/app/play"), 1);
    assert_eq!(mode(&session), Some(2));
    assert_eq!(session.set_up("rtmp://h/app/play reconnect=no"), 1);
    assert_eq!(session.set_up("rtmp://h/app/play"), 1);
    assert_eq!(mode(&session), None);
    assert_eq!(session.set_up("rtmp://h/app/play reconnect=always"), 0);
}

#[test]
fn what_is_said_of_enhanced_rtmp_is_kept_whole_or_not_at_all() {
    // Ours.
    let good = "fourCcList=hvc1,* videoFourCcInfoMap=hvc1:3,*:4 audioFourCcInfoMap=Opus:7 capsEx=6 videoFunction=0x0f";
    let (mut session, ret) = Session::with_url(&format!("rtmp://h/app/play {good}"));
    assert_eq!(ret, 1);
    let codecs = [
        (OptionName::FourCcList, "fourCcList", "hvc1,*"),
        (
            OptionName::VideoFourCcInfo,
            "videoFourCcInfoMap",
            "hvc1:3,*:4",
        ),
        (OptionName::AudioFourCcInfo, "audioFourCcInfoMap", "Opus:7"),
    ];
    let numbers = [
        (OptionName::CapsEx, "capsEx", 6),
        (OptionName::VideoFunction, "videoFunction", 15),
    ];
    let too_long = vec!["hvc1:4"; 600].join(",");
    for (option, name, kept) in codecs {
        for value in ["hvc", "hvc1,", "hvc1:3,x", "hvc1;av01", ":", " ", &too_long] {
            let (set, lines) = logged(|| session.set(&argument(name), &argument(value)));
            assert_eq!(set, 0, "{name}={value}");
            let has_said = |line: &String| line.starts_with(&format!("1 Option {name} "));
            assert!(lines.iter().any(has_said), "{lines:?}");
        }
        assert_eq!(session.rtmp().text_option(option), Some(kept.as_bytes()));
    }
    for (option, name, kept) in numbers {
        for value in ["", "-1", "6x", "1.5", "2147483648"] {
            let (set, lines) = logged(|| session.set(&argument(name), &argument(value)));
            let line = format!("1 Option {name} is not a number from 0 to 2147483647");
            assert_eq!((set, lines.contains(&line)), (0, true), "{name}={value}");
        }
        assert_eq!(session.rtmp().number_option(option), Some(kept));
    }
    // They belong to the URL that they stand behind.
    assert_eq!(session.set_up("rtmp://h/app/play"), 1);
    assert!(
        codecs
            .iter()
            .all(|(option, ..)| session.rtmp().text_option(*option).is_none())
    );
    assert!(
        numbers
            .iter()
            .all(|(option, ..)| session.rtmp().number_option(*option).is_none())
    );
    assert_eq!(session.set_up("rtmp://h/app/play fourCcList=hvc"), 0);
}

#[test]
fn switches_are_off_until_they_are_on() {
    // Ours.
    for (option, name) in [
        (OptionName::FastStart, "fastStart"),
        (OptionName::Silence, "SILENCE"),
        (OptionName::EnhancedRtmp, "ertmp"),
        (OptionName::Nagle, "nagle"),
        (OptionName::Quiet, "Quiet"),
        (OptionName::Reset, "reset"),
    ] {
        let (mut session, _) = Session::with_url("rtmp://h/app/play");
        let mut is_on = |value: Option<&str>| {
            let set = value.map(|value| session.set(&argument(name), &argument(value)));
            assert_ne!(set, Some(0), "{name}");
            session.rtmp().is_on(option)
        };
        assert!(!is_on(None), "{name}");
        for (value, expected) in [
            ("1", true),
            ("what", true),
            ("off", false),
            ("", false),
            ("YES", true),
        ] {
            assert_eq!(is_on(Some(value)), expected, "{name}={value}");
        }
        assert_eq!(session.set_up("rtmp://h/app/play"), 1);
        assert!(session.rtmp().is_on(option), "the program has set it");
    }
}

#[test]
fn an_end_too_many_is_ignored() {
    // Ours: in the original the depth becomes -1.
    let mut session = Session::new();
    assert_eq!(session.set(&argument("conn"), &argument("O:0")), 1);
    assert_eq!(session.rtmp().Link.edepth.get(), 0);
}

#[test]
fn an_allocated_tc_url_is_freed_when_an_option_replaces_it() {
    // Ours: in the original, close frees the program's text.
    let (mut session, _) = Session::with_url("rtmp://h/app/play app=other");
    assert_eq!(session.rtmp().Link.lFlags.get(), RTMP_LF_FTCU);
    assert_eq!(session.set(&argument("tcUrl"), &argument("rtmp://x/y")), 1);
    let link = &session.rtmp().Link;
    assert_eq!(
        (show(&link.tcUrl), link.lFlags.get()),
        ("rtmp://x/y".to_owned(), 0)
    );
}

/// The values in the notation of JSON, but for names, which are bare; unnamed members of objects have none.
fn arguments(object: &AMFObject) -> String {
    let values: Vec<_> = object.properties().iter().map(value).collect();
    format!("[{}]", values.join(", "))
}

fn value(property: &AMFObjectProperty) -> String {
    match property.p_type.get() {
        AMFObjectProperty::BOOLEAN => format!("{}", property.number() != 0.0),
        AMFObjectProperty::NUMBER => format!("{}", property.number()),
        AMFObjectProperty::STRING => format!("\"{}\"", property.text().bytes().escape_ascii()),
        AMFObjectProperty::NULL => "null".to_owned(),
        AMFObjectProperty::OBJECT => {
            let members = property
                .object()
                .unwrap()
                .properties()
                .iter()
                .map(|member| {
                    let name = member.p_name.bytes().escape_ascii().to_string();
                    [name, value(member)].join(":")
                });
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        kind => panic!("type {kind}"),
    }
}

#[test]
fn arguments_of_connect() {
    for (options, expected) in [
        (
            "conn=B:1 conn=S:authMe conn=O:1 conn=NN:code:1.23 conn=NS:flag:ok conn=O:0 conn=Z: \
             conn=O:1 conn=S:un conn=Z: conn=N:7 conn=O:0",
            r#"[true, "authMe", {code:1.23, flag:"ok"}, null, {:"un", :null, :7}]"#,
        ),
        (
            "conn=O:1 conn=NO:in:1 conn=NB:b:0 conn=O:0 conn=O:0",
            "[{in:{b:false}}]",
        ),
        ("conn=B:true conn=B:-1", "[false, true]"),
        (
            "conn=O:1 conn=NS:x:y:z conn=NO:e: conn=NN::5",
            r#"[{x:"y:z", e:{:5}}]"#,
        ),
        (
            "conn=N:0x10 conn=N:1e3 conn=N:abc conn=N:.5 conn=N:1e",
            "[16, 1000, 0, 0.5, 1]",
        ),
        // Ours: in the original the object closes itself.
        ("conn=O:0 conn=N:1 conn=O:1 conn=S:x", r#"[1, {:"x"}]"#),
    ] {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play {options}"));
        assert_eq!(ret, 1, "{options}");
        assert_eq!(
            arguments(&session.rtmp().Link.extras),
            expected,
            "{options}"
        );
    }
    for (options, kept) in [
        ("conn=NS:a:b", "[]"),
        ("conn=O:1 conn=NZ:a:1", "[{}]"),
        ("conn=X:1", "[]"),
        ("conn=B", "[]"),
        ("conn=", "[]"),
        ("conn=O:1 conn=NN:code", "[{}]"),
    ] {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play {options}"));
        assert_eq!(ret, 0, "{options}");
        assert_eq!(arguments(&session.rtmp().Link.extras), kept, "{options}");
    }
}
