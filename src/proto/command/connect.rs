//! `connect` (spec 05 §3).

use crate::proto::amf0::Body;
use crate::proto::bytes::Out;
use crate::proto::capabilities::Capabilities;

/// What `connect` says about the client. Texts that are empty are left out, except the application.
#[derive(Clone, Copy, Default, Debug)]
pub struct Connect<'a> {
    /// The client publishes: it says little about itself.
    pub publishes: bool,
    /// The application.
    pub app: &'a [u8],
    /// The version of the player.
    pub flash_version: &'a [u8],
    /// Where the player was loaded from.
    pub swf_url: &'a [u8],
    /// The URL of the application.
    pub tc_url: &'a [u8],
    /// The page that shows the player. A publisher does not send it.
    pub page_url: &'a [u8],
    /// The audio codecs that the client can play, a bit each.
    pub audio_codecs: f64,
    /// The video codecs, likewise.
    pub video_codecs: f64,
    /// The version of AMF that the client can read.
    pub object_encoding: Option<f64>,
    /// What else it can do, where the program wants servers to know.
    pub capabilities: Capabilities<'a>,
    /// More names with values, encoded: where publishers that have their own put them, behind the type.
    pub properties: &'a [u8],
    /// The authentication text, sent behind the object.
    pub auth: &'a [u8],
    /// What is sent in front of it.
    pub auth_flag: bool,
    /// More values, encoded: they come last.
    pub extras: &'a [u8],
}

/// Introduces the client.
pub fn connect(id: f64, client: &Connect<'_>) -> Option<Vec<u8>> {
    let mut body = Body::default();
    body.string(b"connect").number(id).object();
    body.name(b"app").string(client.app);
    if client.publishes {
        body.name(b"type").string(b"nonprivate");
    }
    body.append(|out| out.put(client.properties));
    text(&mut body, b"flashVer", client.flash_version);
    text(&mut body, b"swfUrl", client.swf_url);
    text(&mut body, b"tcUrl", client.tc_url);
    if !client.publishes {
        abilities(&mut body, client);
        text(&mut body, b"pageUrl", client.page_url);
    }
    if let Some(version) = client.object_encoding {
        body.name(b"objectEncoding").number(version);
    }
    if let Some(function) = client
        .capabilities
        .video_function
        .filter(|_| client.publishes)
    {
        body.name(b"videoFunction").number(function.into());
    }
    client.capabilities.put(&mut body);
    body.end();
    if !client.auth.is_empty() {
        body.boolean(client.auth_flag).string(client.auth);
    }
    body.append(|out| out.put(client.extras)).finish()
}

fn text(body: &mut Body, name: &[u8], value: &[u8]) {
    if !value.is_empty() {
        body.name(name).string(value);
    }
}

/// What a player can do.
fn abilities(body: &mut Body, client: &Connect<'_>) {
    body.name(b"fpad").boolean(false);
    body.name(b"capabilities").number(15.0);
    body.name(b"audioCodecs").number(client.audio_codecs);
    body.name(b"videoCodecs").number(client.video_codecs);
    let function = client.capabilities.video_function.unwrap_or(1);
    body.name(b"videoFunction").number(function.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_body(body: Option<Vec<u8>>, parts: &[&[u8]]) {
        assert_eq!(body, Some(parts.concat()));
    }

    /// As the library sets it up, with nothing that is optional.
    fn client() -> Connect<'static> {
        Connect {
            app: b"live",
            audio_codecs: 3191.0,
            video_codecs: 252.0,
            ..Connect::default()
        }
    }

    /// Name and transaction id 1.
    const CONNECT: &[u8] = b"\x02\0\x07connect\0\x3f\xf0\0\0\0\0\0\0";
    const APP: &[u8] = b"\x03\0\x03app\x02\0\x04live";
    const TEXTS: &[u8] = b"\0\x08flashVer\x02\0\x01f\0\x06swfUrl\x02\0\x01s\0\x05tcUrl\x02\0\x01t";
    const END: &[u8] = b"\0\0\x09";

    const ABILITIES: &[u8] = b"\0\x04fpad\x01\x00\
        \0\x0ccapabilities\0\x40\x2e\0\0\0\0\0\0\
        \0\x0baudioCodecs\0\x40\xa8\xee\0\0\0\0\0\
        \0\x0bvideoCodecs\0\x40\x6f\x80\0\0\0\0\0\
        \0\x0dvideoFunction\0\x3f\xf0\0\0\0\0\0\0";

    #[test]
    fn a_player_says_what_it_can_do() {
        assert_body(connect(1.0, &client()), &[CONNECT, APP, ABILITIES, END]);
        let nameless = Connect {
            app: b"",
            ..client()
        };
        assert_body(
            connect(1.0, &nameless),
            &[CONNECT, b"\x03\0\x03app\x02\0\0", ABILITIES, END],
        );
    }

    #[test]
    fn a_publisher_says_little() {
        let publisher = Connect {
            publishes: true,
            page_url: b"p",
            ..client()
        };
        let kind = b"\0\x04type\x02\0\x0anonprivate";
        assert_body(connect(1.0, &publisher), &[CONNECT, APP, kind, END]);
        let publisher = Connect {
            flash_version: b"f",
            swf_url: b"s",
            tc_url: b"t",
            ..publisher
        };
        assert_body(connect(1.0, &publisher), &[CONNECT, APP, kind, TEXTS, END]);
    }

    #[test]
    fn everything_has_its_place_in_connect() {
        let client = Connect {
            flash_version: b"f",
            swf_url: b"s",
            tc_url: b"t",
            page_url: b"p",
            object_encoding: Some(0.0),
            auth: b"tok",
            auth_flag: true,
            extras: b"\x05\x05",
            ..client()
        };
        let page = b"\0\x07pageUrl\x02\0\x01p";
        let encoding = b"\0\x0eobjectEncoding\0\0\0\0\0\0\0\0\0";
        let object = [CONNECT, APP, TEXTS, ABILITIES, page, encoding, END].concat();
        let auth = b"\x01\x01\x02\0\x03tok";
        assert_body(connect(1.0, &client), &[&object, auth, b"\x05\x05"]);
        let client = Connect {
            auth_flag: false,
            extras: b"",
            ..client
        };
        assert_body(connect(1.0, &client), &[&object, b"\x01\x00\x02\0\x03tok"]);
        // The flag says something about the text only.
        let client = Connect {
            auth: b"",
            auth_flag: true,
            ..client
        };
        assert_body(connect(1.0, &client), &[&object]);
    }
}
