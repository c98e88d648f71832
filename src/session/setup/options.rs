//! `RTMP_SetOpt` (spec 02 §6).

use core::ffi::c_int;
use core::ops::Range;

use crate::abi::{
    self, AMFObject, AMFObjectProperty, AVal, Cell, OptionName, Origin, RTMP, RTMP_LF_LIVE,
    RTMP_LF_PLST, RTMP_LF_SWFV, RTMP_LNK,
};
use crate::proto::options::conn::{self, Step, Value};
use crate::proto::options::list::{OPTIONS, OptionEntry};
use crate::proto::options::properties;
use crate::proto::options::value::{exact, is_false, is_true};
use crate::proto::options::{
    CodecsOption, ExactOption, FlagOption, IntegerOption, OptionKind, SwitchOption, TextOption,
};
use crate::proto::reconnect::Mode;
use crate::proto::{place, scan};
use crate::sys::log::{Text, log};

/// A file has no longer name.
const LONGEST_PATH: usize = 4095;
/// Nor do servers know so many codecs.
const LONGEST_CODECS: usize = 4096;
/// Nor an IP address with its zone.
const LONGEST_ADDRESS: usize = 63;

/// Sets the option called `name`. Text with a field in the header stays the caller's. False for an unknown name, a bad
/// `conn`, and for values that cannot be meant or kept: then nothing changes.
pub fn set_option(r: &RTMP, name: &AVal, value: &AVal, origin: Origin) -> bool {
    let Some(setting) = OptionEntry::find(name.bytes()) else {
        log!(Error, "Unknown option {}", Text(name.bytes()));
        list_options();
        return false;
    };
    match setting.kind {
        OptionKind::TlsCaFile => {
            let kept = path(setting, value, LONGEST_PATH);
            return kept.is_some_and(|text| keep(r, OptionName::TlsCaFile, text, origin));
        }
        OptionKind::Bind => {
            let kept = path(setting, value, LONGEST_ADDRESS);
            return kept.is_some_and(|text| keep(r, OptionName::Bind, text, origin));
        }
        OptionKind::Exact(option) => return set_exact(r, setting, option, value, origin),
        OptionKind::TlsVerify => return demand_certificate(r, value),
        OptionKind::Switch(option) => return set_switch(r, option, value, origin),
        OptionKind::Codecs(option) => return set_codecs(r, setting, option, value, origin),
        OptionKind::Reconnect => return set_reconnect(r, setting, value, origin),
        OptionKind::Family => return set_family(r, setting, value, origin),
        OptionKind::ConnectTo => return set_connect_to(r, setting, value, origin),
        OptionKind::ConnectProperties => return set_properties(r, setting, value, origin),
        OptionKind::Text(option) => set_text(&r.Link, option, value),
        OptionKind::Integer(option) => {
            integer(r, option).set(scan::int_of_any_base(value.bytes()));
        }
        OptionKind::Flag(option) => {
            if is_true(value.bytes()) {
                r.Link.raise(flag(option));
            }
        }
        OptionKind::Connect => return append_argument(&r.Link, value),
    }
    true
}

/// Remembers an option that has no field, or forgets it.
fn keep(r: &RTMP, name: OptionName, kept: Option<abi::Setting>, origin: Origin) -> bool {
    kept_or_said(r.set_option(name, kept, origin))
}

/// An option that cannot be kept is not passed over.
fn kept_or_said(is_kept: bool) -> bool {
    if !is_kept {
        log!(Error, "This program has set too many different options");
    }
    is_kept
}

/// A text to remember; an empty one is none. `None` for one that is too long.
fn path(setting: &OptionEntry, value: &AVal, longest: usize) -> Option<Option<abi::Setting>> {
    let text = value.bytes();
    if text.len() > longest {
        log!(Error, "Option {} is too long", setting.name);
        return None;
    }
    Some((!text.is_empty()).then(|| abi::Setting::Text(text.into())))
}

fn set_exact(
    r: &RTMP,
    setting: &OptionEntry,
    option: ExactOption,
    value: &AVal,
    origin: Origin,
) -> bool {
    let Some(number) = exact(option, value.bytes()) else {
        let (name, range) = (setting.name, option.range());
        let (least, most) = (range.start(), range.end());
        log!(
            Error,
            "Option {name} is not a number from {least} to {most}"
        );
        return false;
    };
    let name = match option {
        ExactOption::OutChunk => OptionName::OutChunk,
        ExactOption::ConnectTimeout => OptionName::ConnectTimeout,
        ExactOption::SendTimeout => OptionName::SendTimeout,
        ExactOption::ReceiveTimeout => OptionName::ReceiveTimeout,
        ExactOption::SendAhead => OptionName::SendAhead,
        ExactOption::SendBuffer => OptionName::SendBuffer,
        ExactOption::CapsEx => OptionName::CapsEx,
        ExactOption::VideoFunction => OptionName::VideoFunction,
    };
    keep(r, name, Some(abi::Setting::Number(number)), origin)
}

fn demand_certificate(r: &RTMP, value: &AVal) -> bool {
    let word = value.bytes();
    let is_said = is_true(word) || is_false(word);
    !is_said || kept_or_said(r.demand_certificate(is_true(word)))
}

fn set_switch(r: &RTMP, option: SwitchOption, value: &AVal, origin: Origin) -> bool {
    let name = match option {
        SwitchOption::FastStart => OptionName::FastStart,
        SwitchOption::Silence => OptionName::Silence,
        SwitchOption::EnhancedRtmp => OptionName::EnhancedRtmp,
        SwitchOption::Nagle => OptionName::Nagle,
        SwitchOption::Quiet => OptionName::Quiet,
        SwitchOption::Reset => OptionName::Reset,
    };
    let word = value.bytes();
    let is_said = is_true(word) || is_false(word);
    let setting = abi::Setting::Number(is_true(word).into());
    !is_said || keep(r, name, Some(setting), origin)
}

fn set_reconnect(r: &RTMP, setting: &OptionEntry, value: &AVal, origin: Origin) -> bool {
    let Some(mode) = Mode::of_word(value.bytes()) else {
        let name = setting.name;
        log!(Error, "Option {name} is not report, auto or no");
        return false;
    };
    let kept = abi::Setting::Number(mode.number());
    keep(r, OptionName::Reconnect, Some(kept), origin)
}

fn set_family(r: &RTMP, setting: &OptionEntry, value: &AVal, origin: Origin) -> bool {
    let number = match value.bytes() {
        b"0" => 0,
        b"4" => 4,
        b"6" => 6,
        _ => {
            log!(Error, "Option {} is not 4, 6 or 0", setting.name);
            return false;
        }
    };
    keep(
        r,
        OptionName::Family,
        Some(abi::Setting::Number(number)),
        origin,
    )
}

/// An empty text forgets the option.
fn set_connect_to(r: &RTMP, setting: &OptionEntry, value: &AVal, origin: Origin) -> bool {
    let text = value.bytes();
    if !text.is_empty() && place::parse(text).is_none() {
        log!(Error, "Option {} is not host[:port]", setting.name);
        return false;
    }
    let kept = (!text.is_empty()).then(|| abi::Setting::Text(text.into()));
    keep(r, OptionName::ConnectTo, kept, origin)
}

/// An empty text forgets the option. What is sent is made of the text when that is done.
fn set_properties(r: &RTMP, setting: &OptionEntry, value: &AVal, origin: Origin) -> bool {
    if !value.is_empty() && properties::encode(value.bytes()).is_none() {
        let most = properties::MOST;
        log!(
            Error,
            "Option {} is no list of NB:, NN:, NS: and NO: with names and values, or takes more than {most} bytes",
            setting.name
        );
        return false;
    }
    kept_or_said(r.set_connect_properties(value, origin))
}

/// An empty text forgets the option.
fn set_codecs(
    r: &RTMP,
    setting: &OptionEntry,
    option: CodecsOption,
    value: &AVal,
    origin: Origin,
) -> bool {
    let name = match option {
        CodecsOption::List => OptionName::FourCcList,
        CodecsOption::Video => OptionName::VideoFourCcInfo,
        CodecsOption::Audio => OptionName::AudioFourCcInfo,
    };
    let Some(kept) = path(setting, value, LONGEST_CODECS) else {
        return false;
    };
    if kept.is_some() && !option.allows(value.bytes()) {
        log!(Error, "Option {} does not name codecs", setting.name);
        return false;
    }
    keep(r, name, kept, origin)
}

fn list_options() {
    log!(Error, "Valid RTMP options are:\n");
    for setting in &OPTIONS {
        let (name, kind, help) = (setting.name, setting.type_name(), setting.help);
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

fn integer(r: &RTMP, option: IntegerOption) -> &Cell<c_int> {
    match option {
        IntegerOption::Buffer => &r.m_nBufferMS,
        IntegerOption::Start => &r.Link.seekTime,
        IntegerOption::Stop => &r.Link.stopTime,
        IntegerOption::SwfAge => &r.Link.swfAge,
        IntegerOption::Timeout => &r.Link.timeout,
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
