//! The original library, to compare with. It is loaded beside ours, and only given what it survives.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::mem;
use std::sync::OnceLock;

use rtmp::abi::{AMFObject, AVal, RTMP};
use rtmp::ffi::amf::{
    AMF_Decode, AMF_Dump, AMF_Encode, AMF_EncodeArray, AMF_EncodeEcmaArray, AMF_Reset,
};
use rtmp::ffi::log::{RTMP_LogCallback, RTMP_LogSetCallback, RTMP_LogSetLevel};
use rtmp::ffi::rtmp::access::RTMP_Init;
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::setup::{RTMP_ParseURL, RTMP_SetOpt};

/// Name of the original on Debian: package librtmp1.
const FILE: &CStr = c"librtmp.so.1";

pub type Encode = unsafe extern "C" fn(*mut AMFObject, *mut c_char, *mut c_char) -> *mut c_char;
type SetCallback = unsafe extern "C" fn(*mut RTMP_LogCallback);

/// The functions of one library that are compared.
pub struct Library {
    pub decode: unsafe extern "C" fn(*mut AMFObject, *const c_char, c_int, c_int) -> c_int,
    pub reset: unsafe extern "C" fn(*mut AMFObject),
    pub dump: unsafe extern "C" fn(*mut AMFObject),
    /// Of objects, ECMA arrays and strict arrays.
    pub encode: [Encode; 3],
    pub parse_url: unsafe extern "C" fn(
        *const c_char,
        *mut c_int,
        *mut AVal,
        *mut c_uint,
        *mut AVal,
        *mut AVal,
    ) -> c_int,
    pub init: unsafe extern "C" fn(*mut RTMP),
    pub close: unsafe extern "C-unwind" fn(*mut RTMP),
    pub set_option: unsafe extern "C" fn(*mut RTMP, *const AVal, *mut AVal) -> c_int,
}

static OURS: Library = Library {
    decode: AMF_Decode,
    reset: AMF_Reset,
    dump: AMF_Dump,
    encode: [AMF_Encode, AMF_EncodeEcmaArray, AMF_EncodeArray],
    parse_url: RTMP_ParseURL,
    init: RTMP_Init,
    close: RTMP_Close,
    set_option: RTMP_SetOpt,
};

/// Both libraries, the original first. Their lines come to [`take_log`].
pub fn both() -> [&'static Library; 2] {
    static ORIGINAL: OnceLock<Library> = OnceLock::new();
    [ORIGINAL.get_or_init(load), &OURS]
}

fn load() -> Library {
    let callback: unsafe extern "C" fn(c_int, *const c_char, *mut c_void) = collect;
    let callback = callback as *mut RTMP_LogCallback;
    RTMP_LogSetLevel(6);
    // SAFETY: a function with the arguments that callbacks get.
    unsafe { RTMP_LogSetCallback(callback) };
    // SAFETY: the library has no constructors. Its names stay its own.
    let object = unsafe { libc::dlopen(FILE.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    assert!(
        !object.is_null(),
        "{FILE:?} is missing; on Debian: apt-get install librtmp1"
    );
    let set_level: unsafe extern "C" fn(c_uint) = function(object, c"RTMP_LogSetLevel");
    // SAFETY: as its header says.
    unsafe { set_level(6) };
    let set_callback: SetCallback = function(object, c"RTMP_LogSetCallback");
    // SAFETY: as its header says.
    unsafe { set_callback(callback) };
    Library {
        decode: function(object, c"AMF_Decode"),
        reset: function(object, c"AMF_Reset"),
        dump: function(object, c"AMF_Dump"),
        encode: [c"AMF_Encode", c"AMF_EncodeEcmaArray", c"AMF_EncodeArray"]
            .map(|name| function(object, name)),
        parse_url: function(object, c"RTMP_ParseURL"),
        init: function(object, c"RTMP_Init"),
        close: function(object, c"RTMP_Close"),
        set_option: function(object, c"RTMP_SetOpt"),
    }
}

fn function<F: Copy>(object: *mut c_void, name: &CStr) -> F {
    // SAFETY: a library that stays loaded, and a text.
    let address = unsafe { libc::dlsym(object, name.as_ptr()) };
    assert!(
        !address.is_null() && size_of::<F>() == size_of::<*mut c_void>(),
        "{name:?}"
    );
    // SAFETY: `F` is the pointer to the function that the headers declare under this name.
    unsafe { mem::transmute_copy(&address) }
}

thread_local! {
    static LINES: RefCell<Vec<(c_int, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "C" {
    fn vsnprintf(to: *mut c_char, size: usize, format: *const c_char, args: *mut c_void) -> c_int;
}

unsafe extern "C" fn collect(level: c_int, format: *const c_char, args: *mut c_void) {
    let mut text = vec![0_u8; 4096];
    // SAFETY: the buffer has this size, and format and arguments belong together.
    let length = unsafe { vsnprintf(text.as_mut_ptr().cast(), text.len(), format, args) };
    text.truncate(usize::try_from(length).unwrap_or(0).min(4095));
    // Lines with an address in them are never equal.
    if let Some(at) = text.windows(4).position(|part| part == b", @0") {
        text.truncate(at);
    }
    let text = without_controls(&text);
    LINES.with_borrow_mut(|lines| lines.push((level, text)));
}

/// Ours shows control characters as `\x1b`, the original prints them, and both print what is no ASCII: a run of any of that
/// is one `?` here.
fn without_controls(text: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::new(), text);
    while let [byte, after @ ..] = rest {
        let is_escape = matches!(after, [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
        let (shown, more) = match byte {
            b'\\' if is_escape => (b'?', &after[3..]),
            b' '..=b'~' => (*byte, after),
            _ => (b'?', after),
        };
        if !(shown == b'?' && plain.last() == Some(&b'?')) {
            plain.push(shown);
        }
        rest = more;
    }
    plain
}

/// The lines since the last call, of whichever library.
pub fn take_log() -> Vec<(c_int, Vec<u8>)> {
    LINES.take()
}

/// What an `AVal` holds: where it begins inside `text`, if it does, and its bytes.
pub fn shown(value: &AVal, text: &[u8]) -> (Option<usize>, Vec<u8>) {
    let distance = value.start().addr().checked_sub(text.as_ptr().addr());
    let inside = distance.filter(|at| !value.start().is_null() && *at <= text.len());
    (inside, value.bytes().to_vec())
}
