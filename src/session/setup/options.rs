//! `RTMP_SetOpt` (spec 02 §6).

use core::ffi::c_int;
use core::ops::Range;

use crate::abi::{
    AMFObject, AMFObjectProperty, AVal, Cell, Origin, RTMP, RTMP_LF_LIVE, RTMP_LF_PLST,
    RTMP_LF_SWFV, RTMP_LNK,
};
use crate::proto::options::conn::{self, Step, Value};
use crate::proto::options::{
    FlagOption, IntegerOption, OUT_CHUNKS, SETTINGS, Setting, Target, TextOption, is_false, is_true,
};
use crate::proto::{options, scan};
use crate::sys::log::{Text, log};

/// Sets the option called `name`. Text stays the caller's. False for an unknown name, a bad `conn`, and text that cannot
/// be kept.
pub fn set_option(rtmp: &RTMP, name: &AVal, value: &AVal, origin: Origin) -> bool {
    let Some(setting) = Setting::find(name.bytes()) else {
        log!(Error, "Unknown option {}", Text(name.bytes()));
        list_options();
        return false;
    };
    match setting.target {
        Target::TlsCaFile => {
            return told(setting, rtmp.set_authorities(value, origin));
        }
        Target::Bind => return told(setting, rtmp.set_local_address(value, origin)),
        Target::OutChunk => return set_out_chunk(rtmp, value, origin),
        Target::Text(option) => set_text(&rtmp.Link, option, value),
        Target::Integer(option) => {
            integer(rtmp, option).set(scan::int_of_any_base(value.bytes()));
        }
        Target::TlsVerify => demand_certificate(rtmp, value),
        Target::Flag(option) => {
            if is_true(value.bytes()) {
                rtmp.Link.raise(flag(option));
            }
        }
        Target::Connect => return append_argument(&rtmp.Link, value),
    }
    true
}

/// A text that cannot be kept is not passed over.
fn told(setting: &Setting, is_kept: bool) -> bool {
    if !is_kept {
        log!(Error, "Option {} is too long", setting.name);
    }
    is_kept
}

fn set_out_chunk(rtmp: &RTMP, value: &AVal, origin: Origin) -> bool {
    let size = options::out_chunk(value.bytes());
    if size.is_some() {
        rtmp.set_out_chunk(size, origin);
    } else {
        let (least, most) = (OUT_CHUNKS.start(), OUT_CHUNKS.end());
        log!(
            Error,
            "Option outChunk is not a number from {least} to {most}"
        );
    }
    size.is_some()
}

fn demand_certificate(rtmp: &RTMP, value: &AVal) {
    let value = value.bytes();
    if is_true(value) || is_false(value) {
        rtmp.demand_certificate(is_true(value));
    }
}

fn list_options() {
    log!(Error, "Valid RTMP options are:\n");
    for setting in &SETTINGS {
        let (name, kind, help) = (setting.name, setting.kind(), setting.help);
        log!(Error, "{name:>10} {kind:<7}  {help}\n");
    }
}

fn set_text(link: &RTMP_LNK, option: TextOption, value: &AVal) {
    let field = match option {
        TextOption::App => {
            link.free_app();
            &link.app
        }
        TextOption::TcUrl => {
            link.free_tc_url();
            &link.tcUrl
        }
        TextOption::FlashVer => &link.flashVer,
        TextOption::PageUrl => &link.pageUrl,
        TextOption::Playpath => &link.playpath,
        TextOption::PubPasswd => &link.pubPasswd,
        TextOption::PubUser => &link.pubUser,
        TextOption::Socks => {
            link.mark_proxy(true);
            &link.sockshost
        }
        TextOption::Subscribe => &link.subscribepath,
        TextOption::SwfUrl => &link.swfUrl,
        TextOption::Token => &link.token,
        TextOption::UsherToken => &link.usherToken,
    };
    field.set(value);
}

fn integer(rtmp: &RTMP, option: IntegerOption) -> &Cell<c_int> {
    match option {
        IntegerOption::Buffer => &rtmp.m_nBufferMS,
        IntegerOption::Start => &rtmp.Link.seekTime,
        IntegerOption::Stop => &rtmp.Link.stopTime,
        IntegerOption::SwfAge => &rtmp.Link.swfAge,
        IntegerOption::Timeout => &rtmp.Link.timeout,
    }
}

fn flag(option: FlagOption) -> c_int {
    match option {
        FlagOption::Live => RTMP_LF_LIVE,
        FlagOption::Playlist => RTMP_LF_PLST,
        FlagOption::SwfVerify => RTMP_LF_SWFV,
    }
}

/// Appends one value to the arguments of the connect command, or leaves an object (spec 02 §6.1).
fn append_argument(link: &RTMP_LNK, text: &AVal) -> bool {
    match conn::parse(text.bytes()) {
        None => false,
        Some(Step::Leave) => {
            // One end too many is harmless; counted below 0 it would misplace the next object's members.
            link.edepth.set(link.edepth.get().saturating_sub(1).max(0));
            true
        }
        Some(Step::Append { name, value }) => append(link, text, name, value),
    }
}

fn append(link: &RTMP_LNK, text: &AVal, name: Option<Range<usize>>, value: Value) -> bool {
    let depth = link.edepth.get().max(0);
    if name.is_some() && depth == 0 {
        return false;
    }
    let Some(place) = innermost(&link.extras, depth) else {
        return false;
    };
    let is_object = value == Value::Object;
    let name = name.map_or_else(AVal::empty, |range| text.slice(range));
    let appended = place.push(&property(name, text, value));
    if appended && is_object {
        link.edepth.set(depth.saturating_add(1));
    }
    appended
}

/// The object that is `depth` levels below `top`, each time the last value; `None` when there is none.
fn innermost(top: &AMFObject, depth: c_int) -> Option<&AMFObject> {
    (0..depth).try_fold(top, |object, _| object.properties().last()?.object())
}

fn property(name: AVal, text: &AVal, value: Value) -> AMFObjectProperty {
    match value {
        Value::Boolean(value) => {
            AMFObjectProperty::with_number(name, AMFObjectProperty::BOOLEAN, value)
        }
        Value::Number(value) => {
            AMFObjectProperty::with_number(name, AMFObjectProperty::NUMBER, value)
        }
        Value::Text(range) => {
            AMFObjectProperty::with_text(name, AMFObjectProperty::STRING, &text.slice(range))
        }
        Value::Null => AMFObjectProperty::bare(name, AMFObjectProperty::NULL),
        Value::Object => {
            AMFObjectProperty::with_object(name, AMFObjectProperty::OBJECT, &AMFObject::empty())
        }
    }
}
