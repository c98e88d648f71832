//! References, resolved by the tables of RFC 3986 §5.4 and by ours.

use super::*;

const CURRENT: Current<'_> = Current {
    protocol: 0,
    host: b"a",
    port: 1935,
    app: b"b/c/d;p?q",
    tc_url: b"rtmp://a/b/c/d;p?q",
};

fn url(reference: &str) -> Result<String, Refusal> {
    resolve(reference.as_bytes(), &CURRENT).map(|target| shown(&target.url))
}

fn shown(text: &[u8]) -> String {
    String::from_utf8(text.to_vec()).unwrap()
}

#[test]
fn the_examples_of_the_rfc() {
    for (reference, resolved) in [
        ("rtmp://g", "rtmp://g"),
        ("g", "rtmp://a/b/c/g"),
        ("./g", "rtmp://a/b/c/g"),
        ("g/", "rtmp://a/b/c/g/"),
        ("/g", "rtmp://a/g"),
        ("//g", "rtmp://g"),
        ("?y", "rtmp://a/b/c/d;p?y"),
        ("g?y", "rtmp://a/b/c/g?y"),
        ("#s", "rtmp://a/b/c/d;p?q"),
        ("g#s", "rtmp://a/b/c/g"),
        ("g?y#s", "rtmp://a/b/c/g?y"),
        (";x", "rtmp://a/b/c/;x"),
        ("g;x", "rtmp://a/b/c/g;x"),
        ("g;x?y#s", "rtmp://a/b/c/g;x?y"),
        ("", "rtmp://a/b/c/d;p?q"),
        (".", "rtmp://a/b/c/"),
        ("./", "rtmp://a/b/c/"),
        ("..", "rtmp://a/b/"),
        ("../", "rtmp://a/b/"),
        ("../g", "rtmp://a/b/g"),
        ("../..", "rtmp://a/"),
        ("../../", "rtmp://a/"),
        ("../../g", "rtmp://a/g"),
        ("../../../g", "rtmp://a/g"),
        ("../../../../g", "rtmp://a/g"),
        ("/./g", "rtmp://a/g"),
        ("/../g", "rtmp://a/g"),
        ("g.", "rtmp://a/b/c/g."),
        (".g", "rtmp://a/b/c/.g"),
        ("g..", "rtmp://a/b/c/g.."),
        ("..g", "rtmp://a/b/c/..g"),
        ("./../g", "rtmp://a/b/g"),
        ("./g/.", "rtmp://a/b/c/g/"),
        ("g/./h", "rtmp://a/b/c/g/h"),
        ("g/../h", "rtmp://a/b/c/h"),
        ("g;x=1/./y", "rtmp://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "rtmp://a/b/c/y"),
        ("g?y/./x", "rtmp://a/b/c/g?y/./x"),
        ("g?y/../x", "rtmp://a/b/c/g?y/../x"),
        ("g#s/../x", "rtmp://a/b/c/g"),
        ("rtmp://g/b/../c/./d", "rtmp://g/c/d"),
        ("g//h", "rtmp://a/b/c/g//h"),
    ] {
        assert_eq!(url(reference).as_deref(), Ok(resolved), "{reference}");
    }
    // Not of the RFC: the same address, in a form that ends the host.
    assert_eq!(url("//g?y").as_deref(), Ok("rtmp://g/?y"));
    // A scheme alone leads nowhere, as strict readers have it.
    assert_eq!(url("rtmp:g"), Err(Refusal::NoHost));
    assert_eq!(url("g:h"), Err(Refusal::UnknownScheme));
}

#[test]
fn a_target_has_all_that_a_connection_needs() {
    let target = |reference: &str| {
        let target = resolve(reference.as_bytes(), &CURRENT).unwrap();
        assert!(target.url.ends_with(&target.app));
        let texts = [&target.host, &target.app, &target.tc_url].map(|text| shown(text));
        (target.protocol, target.port, target.is_same_server, texts)
    };
    for (reference, protocol, port, is_same, [host, app, tc_url]) in [
        (
            "rtmp://h:1936/live",
            0,
            1936,
            false,
            ["h", "live", "rtmp://h:1936/live"],
        ),
        (
            "//h/x/y?z=1",
            0,
            1935,
            false,
            ["h", "x/y?z=1", "rtmp://h/x/y?z=1"],
        ),
        ("//A:1935/x", 0, 1935, true, ["A", "x", "rtmp://A:1935/x"]),
        ("//a:1936/x", 0, 1936, false, ["a", "x", "rtmp://a:1936/x"]),
        ("/x", 0, 1935, true, ["a", "x", "rtmp://a/x"]),
        ("RTMPS://a/x", 4, 443, false, ["a", "x", "RTMPS://a/x"]),
        ("rtmpt://a/x", 1, 80, false, ["a", "x", "rtmpt://a/x"]),
        (
            "rtmps://a:1935/x",
            4,
            1935,
            true,
            ["a", "x", "rtmps://a:1935/x"],
        ),
        (
            "//[::1]:19/x",
            0,
            19,
            false,
            ["::1", "x", "rtmp://[::1]:19/x"],
        ),
        (
            "//[2001:db8::7]",
            0,
            1935,
            false,
            ["2001:db8::7", "", "rtmp://[2001:db8::7]"],
        ),
        (
            "//192.0.2.1:/x",
            0,
            1935,
            false,
            ["192.0.2.1", "x", "rtmp://192.0.2.1:/x"],
        ),
        ("", 0, 1935, true, ["a", "b/c/d;p?q", "rtmp://a/b/c/d;p?q"]),
    ] {
        let texts = [host, app, tc_url].map(String::from);
        assert_eq!(
            target(reference),
            (protocol, port, is_same, texts),
            "{reference}"
        );
    }
}

#[test]
fn a_login_is_used_and_not_told() {
    let target = resolve(b"//joe:a%40b@h:19/x", &CURRENT).unwrap();
    assert_eq!(shown(&target.tc_url), "rtmp://h:19/x");
    assert_eq!(shown(&target.url), "rtmp://joe:a%40b@h:19/x");
    let login = target.login.unwrap();
    assert_eq!(login.user, b"joe");
    assert_eq!(login.password.as_deref(), Some(&b"a@b"[..]));
    assert!(!target.is_same_server);
    assert_eq!(resolve(b"/joe@x", &CURRENT).unwrap().login, None);
    for odd in ["//joe%0a@h/x", "//joe:%00@h/x", "//j%7f:p@h/x"] {
        assert_eq!(url(odd), Err(Refusal::Malformed), "{odd}");
    }
}

#[test]
fn what_has_no_authority_stays_at_the_address_of_the_connection() {
    let current = Current {
        protocol: 4,
        host: b"192.0.2.1",
        port: 444,
        app: b"live",
        tc_url: b"rtmp://cdn.example/live",
    };
    let target = resolve(b"/x", &current).unwrap();
    assert_eq!((target.protocol, target.port), (4, 444));
    assert_eq!(target.host, b"192.0.2.1");
    assert_eq!(shown(&target.tc_url), "rtmp://cdn.example/x");
    assert!(target.is_same_server);
    // Who is told goes there, and as secure as before.
    assert_eq!(shown(&target.url), "rtmps://192.0.2.1:444/x");
    let again = resolve(b"", &current).unwrap();
    assert_eq!(shown(&again.url), "rtmps://192.0.2.1:444/live");
    // The connection is secure, whatever its `tcUrl` says.
    let target = resolve(b"//h/x", &current).unwrap();
    assert_eq!((target.protocol, target.port), (4, 443));
    assert_eq!(shown(&target.url), "rtmps://h/x");
    let refusal = resolve(b"rtmp://h/x", &current).unwrap_err();
    assert_eq!(refusal, Refusal::LessProtected { from: 4, to: 0 });
}

#[test]
fn a_connection_without_a_usable_url_has_one_all_the_same() {
    for tc_url in [&b""[..], b"live", b"no url", b"://", b"rtmp:///x"] {
        let current = Current {
            protocol: 2,
            host: b"::1",
            port: 19,
            app: b"live/a",
            tc_url,
        };
        let target = resolve(b"b?c", &current).unwrap();
        assert_eq!(shown(&target.tc_url), "rtmpe://[::1]:19/live/b?c");
        assert_eq!(target.host, b"::1");
        let again = resolve(b"", &current).unwrap();
        assert_eq!(
            (&again.tc_url[..], &again.app[..]),
            (tc_url, &b"live/a"[..])
        );
    }
    let again = resolve(
        b"",
        &Current {
            tc_url: b"",
            ..CURRENT
        },
    )
    .unwrap();
    assert_eq!(shown(&again.url), "rtmp://a:1935/b/c/d;p?q");
    // Options have named both, each its own.
    let odd = Current {
        tc_url: b"rtmp://x/y",
        ..CURRENT
    };
    let again = resolve(b"", &odd).unwrap();
    assert_eq!(shown(&again.url), "rtmp://a:1935/b/c/d;p?q");
    assert_eq!(shown(&again.tc_url), "rtmp://x/y");
    let nowhere = Current {
        host: b"",
        ..CURRENT
    };
    for reference in [&b""[..], b"/x", b"?x"] {
        assert_eq!(resolve(reference, &nowhere), Err(Refusal::NoHost));
    }
}

#[test]
fn never_to_less_protection() {
    let ranks = [0, 0, 1, 1, 2, 2];
    for (from, from_rank) in (0..).zip(ranks) {
        for (to, to_rank) in (0..).zip(ranks) {
            let current = Current {
                protocol: from,
                ..CURRENT
            };
            let reference = format!("{}://h/x", scheme(to));
            let resolved = resolve(reference.as_bytes(), &current);
            let expected = match to_rank < from_rank {
                true => Err(Refusal::LessProtected { from, to }),
                false => Ok(to),
            };
            assert_eq!(
                resolved.map(|target| target.protocol),
                expected,
                "{reference}"
            );
        }
    }
    let refusal = Refusal::LessProtected { from: 4, to: 0 };
    assert_eq!(refusal.to_string(), "from rtmps to rtmp");
}

#[test]
fn what_is_no_url_is_refused() {
    for reference in [
        "rtmp://h/a b",
        " rtmp://h/a",
        "rtmp://h/a\n",
        "rtmp://h\0/a",
        "rtmp://h/a\0",
        "/a\tb",
        "/\u{a0}",
        "/\u{2028}",
        "/\u{85}",
        "\x1b",
        "::::",
        ":",
        "1rtmp://h/a",
        "192.0.2.1:1935/a",
        "%%%",
        "/a%2",
        "/a?%zz",
        "<<>>",
        "/a\\b",
        "rtmp://h\\@i/a",
        "//h:x/a",
        "//h:0/a",
        "//h:65536/a",
        "//h:-1/a",
        "//h:+1/a",
        "//h:1:2/a",
        "//[::1/a",
        "//[::1]x/a",
        "//[name]/a",
        "//h%41/a",
        "//h\u{e9}/a",
        "//h,i/a",
        "//h:18446744073709551617/a",
    ] {
        assert_eq!(url(reference), Err(Refusal::Malformed), "{reference:?}");
    }
    assert_eq!(resolve(b"/\xff", &CURRENT), Err(Refusal::Malformed));
    for reference in [
        "//",
        "///a",
        "rtmp://",
        "rtmp:///a",
        "rtmp:",
        "//joe@/a",
        "//:19/a",
        "//joe:x@:19",
    ] {
        assert_eq!(url(reference), Err(Refusal::NoHost), "{reference}");
    }
    for reference in [
        "http://h/a",
        "rtmfp://h/a",
        "x:y",
        "localhost:1935/a",
        "rtmpx://h/a",
    ] {
        assert_eq!(url(reference), Err(Refusal::UnknownScheme), "{reference}");
    }
}

#[test]
fn lengths_are_bounded() {
    let long = |length: usize| format!("/{}", "x".repeat(length));
    let own = b"rtmp://a/".len();
    assert!(url(&long(LONGEST - own)).is_ok());
    assert_eq!(url(&long(LONGEST - own + 1)), Err(Refusal::TooLong));
    assert_eq!(url(&long(100_000)), Err(Refusal::TooLong));
    let host = |length: usize| format!("//{}/a", "h".repeat(length));
    assert!(url(&host(LONGEST_HOST)).is_ok());
    assert_eq!(url(&host(LONGEST_HOST + 1)), Err(Refusal::Malformed));
    let current = Current {
        app: &[b'x'; LONGEST],
        ..CURRENT
    };
    assert_eq!(resolve(b"", &current), Err(Refusal::TooLong));
}

#[test]
fn a_mode_is_a_word() {
    for (word, mode) in [
        ("report", Some(Mode::Report)),
        ("AUTO", Some(Mode::Follow)),
        ("no", Some(Mode::Ignore)),
        ("0", Some(Mode::Ignore)),
        ("yes", None),
        ("1", None),
        ("", None),
        ("auto ", None),
        ("reports", None),
    ] {
        assert_eq!(Mode::of_word(word.as_bytes()), mode, "{word}");
        if let Some(mode) = mode {
            assert_eq!(Mode::of_number(mode.number()), mode);
        }
    }
    assert_eq!(Mode::of_number(7), Mode::Ignore);
}
