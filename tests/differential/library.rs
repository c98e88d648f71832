//! The two libraries behind one table of functions, loaded side by side.

mod nonblocking;

use std::ffi::{c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::structs::{
    AMF3ClassDef, AMFObject, AMFObjectProperty, AVal, RTMP, RTMPChunk, RTMPPacket, RTMPSockBuf,
};
use crate::trace;

pub(crate) type LogCallback = unsafe extern "C" fn(c_int, *const c_char, *mut c_void);

macro_rules! interface {
    ($($name:ident ( $($arg:ident : $ty:ty),* $(,)? ) $(-> $ret:ty)?;)*) => {
        /// One loaded library.
        pub(crate) struct Library {
            path: PathBuf,
            pub(crate) RTMP_Log: unsafe extern "C" fn(c_int, *const c_char, ...),
            pub(crate) RTMP_LogPrintf: unsafe extern "C" fn(*const c_char, ...),
            pub(crate) RTMP_LogStatus: unsafe extern "C" fn(*const c_char, ...),
            pub(crate) debug_level: *mut c_int,
            pub(crate) default_flash_ver: *mut AVal,
            $($name: unsafe extern "C" fn($($ty),*) $(-> $ret)?,)*
            object: libloading::Library,
        }

        #[expect(clippy::too_many_arguments, reason = "the C interface has such functions")]
        impl Library {
            $(pub(crate) fn $name(&self, $($arg: $ty),*) $(-> $ret)? {
                // SAFETY: scenarios pass what the C interface asks for; that is what they test.
                unsafe { (self.$name)($($arg),*) }
            })*

            fn bind(object: libloading::Library, path: PathBuf) -> Result<Self, Vec<&'static str>> {
                let mut missing = Vec::new();
                for name in [$(stringify!($name),)* "RTMP_Log", "RTMP_LogPrintf", "RTMP_LogStatus",
                    "RTMP_debuglevel", "RTMP_DefaultFlashVer"] {
                    if address(&object, name).is_null() {
                        missing.push(name);
                    }
                }
                if !missing.is_empty() {
                    return Err(missing);
                }
                Ok(Self {
                    path,
                    RTMP_Log: function(address(&object, "RTMP_Log")),
                    RTMP_LogPrintf: function(address(&object, "RTMP_LogPrintf")),
                    RTMP_LogStatus: function(address(&object, "RTMP_LogStatus")),
                    debug_level: address(&object, "RTMP_debuglevel").cast(),
                    default_flash_ver: address(&object, "RTMP_DefaultFlashVer").cast(),
                    $($name: function(address(&object, stringify!($name))),)*
                    object,
                })
            }
        }
    };
}

type B = *mut u8;
type Obj = *mut AMFObject;
type Prop = *mut AMFObjectProperty;
type Str = *const AVal;
type R = *mut RTMP;
type P = *mut RTMPPacket;

interface! {
    AMF_EncodeString(b: B, e: B, v: Str) -> B;
    AMF_EncodeNumber(b: B, e: B, v: f64) -> B;
    AMF_EncodeInt16(b: B, e: B, v: i16) -> B;
    AMF_EncodeInt24(b: B, e: B, v: i32) -> B;
    AMF_EncodeInt32(b: B, e: B, v: i32) -> B;
    AMF_EncodeBoolean(b: B, e: B, v: i32) -> B;
    AMF_EncodeNamedString(b: B, e: B, n: Str, v: Str) -> B;
    AMF_EncodeNamedNumber(b: B, e: B, n: Str, v: f64) -> B;
    AMF_EncodeNamedBoolean(b: B, e: B, n: Str, v: i32) -> B;
    AMF_DecodeInt16(p: *const u8) -> u16;
    AMF_DecodeInt24(p: *const u8) -> c_uint;
    AMF_DecodeInt32(p: *const u8) -> c_uint;
    AMF_DecodeString(p: *const u8, out: *mut AVal);
    AMF_DecodeLongString(p: *const u8, out: *mut AVal);
    AMF_DecodeBoolean(p: *const u8) -> c_int;
    AMF_DecodeNumber(p: *const u8) -> f64;
    AMF_Encode(o: Obj, b: B, e: B) -> B;
    AMF_EncodeEcmaArray(o: Obj, b: B, e: B) -> B;
    AMF_EncodeArray(o: Obj, b: B, e: B) -> B;
    AMF_Decode(o: Obj, p: *const u8, n: c_int, named: c_int) -> c_int;
    AMF_DecodeArray(o: Obj, p: *const u8, n: c_int, count: c_int, named: c_int) -> c_int;
    AMF3_Decode(o: Obj, p: *const u8, n: c_int, marker: c_int) -> c_int;
    AMF_Dump(o: Obj);
    AMF_Reset(o: Obj);
    AMF_AddProp(o: Obj, p: *const AMFObjectProperty);
    AMF_CountProp(o: Obj) -> c_int;
    AMF_GetProp(o: Obj, n: Str, i: c_int) -> Prop;
    AMFProp_GetType(p: Prop) -> c_uint;
    AMFProp_GetName(p: Prop, out: *mut AVal);
    AMFProp_SetName(p: Prop, n: *mut AVal);
    AMFProp_GetNumber(p: Prop) -> f64;
    AMFProp_GetBoolean(p: Prop) -> c_int;
    AMFProp_GetString(p: Prop, out: *mut AVal);
    AMFProp_GetObject(p: Prop, out: Obj);
    AMFProp_IsValid(p: Prop) -> c_int;
    AMFProp_Encode(p: Prop, b: B, e: B) -> B;
    AMF3Prop_Decode(p: Prop, b: *const u8, n: c_int, named: c_int) -> c_int;
    AMFProp_Decode(p: Prop, b: *const u8, n: c_int, named: c_int) -> c_int;
    AMFProp_Dump(p: Prop);
    AMFProp_Reset(p: Prop);
    AMF3CD_AddProp(c: *mut AMF3ClassDef, n: *mut AVal);
    AMF3CD_GetProp(c: *mut AMF3ClassDef, i: c_int) -> *mut AVal;
    AMF3ReadInteger(p: *const u8, out: *mut i32) -> c_int;
    AMF3ReadString(p: *const u8, out: *mut AVal) -> c_int;
    RTMP_FindPrefixProperty(o: Obj, n: Str, out: Prop) -> c_int;
    RTMP_FindFirstMatchingProperty(o: Obj, n: Str, out: Prop) -> c_int;
    RTMPPacket_Reset(p: P);
    RTMPPacket_Dump(p: P);
    RTMPPacket_Alloc(p: P, n: u32) -> c_int;
    RTMPPacket_Free(p: P);
    RTMP_ParseURL(u: *const u8, proto: *mut c_int, host: *mut AVal, port: *mut c_uint,
        playpath: *mut AVal, app: *mut AVal) -> c_int;
    RTMP_ParsePlaypath(i: *mut AVal, o: *mut AVal);
    RTMP_SetBufferMS(r: R, n: c_int);
    RTMP_UpdateBufferMS(r: R);
    RTMP_SetOpt(r: R, n: Str, v: *mut AVal) -> c_int;
    RTMP_SetupURL(r: R, u: *mut u8) -> c_int;
    RTMP_SetupStream(r: R, proto: c_int, host: *mut AVal, port: c_uint, socks: *mut AVal,
        playpath: *mut AVal, tc_url: *mut AVal, swf_url: *mut AVal, page_url: *mut AVal,
        app: *mut AVal, auth: *mut AVal, hash: *mut AVal, size: u32, flash_ver: *mut AVal,
        subscribe: *mut AVal, usher: *mut AVal, start: c_int, stop: c_int, live: c_int,
        timeout: c_long);
    RTMP_Connect(r: R, p: P) -> c_int;
    RTMP_Connect0(r: R, address: *mut c_void) -> c_int;
    RTMP_Connect1(r: R, p: P) -> c_int;
    RTMP_Serve(r: R) -> c_int;
    RTMP_TLS_AllocServerContext(cert: *const u8, key: *const u8) -> *mut c_void;
    RTMP_TLS_FreeServerContext(context: *mut c_void);
    RTMP_TLS_Accept(r: R, context: *mut c_void) -> c_int;
    RTMP_ReadPacket(r: R, p: P) -> c_int;
    RTMP_SendPacket(r: R, p: P, queue: c_int) -> c_int;
    RTMP_SendChunk(r: R, c: *mut RTMPChunk) -> c_int;
    RTMP_IsConnected(r: R) -> c_int;
    RTMP_Socket(r: R) -> c_int;
    RTMP_IsTimedout(r: R) -> c_int;
    RTMP_GetDuration(r: R) -> f64;
    RTMP_ToggleStream(r: R) -> c_int;
    RTMP_ConnectStream(r: R, t: c_int) -> c_int;
    RTMP_ReconnectStream(r: R, t: c_int) -> c_int;
    RTMP_DeleteStream(r: R);
    RTMP_GetNextMediaPacket(r: R, p: P) -> c_int;
    RTMP_ClientPacket(r: R, p: P) -> c_int;
    RTMP_Init(r: R);
    RTMP_Close(r: R);
    RTMP_Alloc() -> R;
    RTMP_Free(r: R);
    RTMP_EnableWrite(r: R);
    RTMP_LibVersion() -> c_int;
    RTMP_SendCtrl(r: R, kind: i16, object: c_uint, time: c_uint) -> c_int;
    RTMP_SendPause(r: R, on: c_int, ms: c_int) -> c_int;
    RTMP_Pause(r: R, on: c_int) -> c_int;
    RTMPSockBuf_Fill(s: *mut RTMPSockBuf) -> c_int;
    RTMPSockBuf_Send(s: *mut RTMPSockBuf, p: *const u8, n: c_int) -> c_int;
    RTMPSockBuf_Close(s: *mut RTMPSockBuf) -> c_int;
    RTMP_SendCreateStream(r: R) -> c_int;
    RTMP_SendSeek(r: R, ms: c_int) -> c_int;
    RTMP_SendServerBW(r: R) -> c_int;
    RTMP_SendClientBW(r: R) -> c_int;
    RTMP_DropRequest(r: R, i: c_int, free: c_int);
    RTMP_Read(r: R, b: *mut u8, n: c_int) -> c_int;
    RTMP_Write(r: R, b: *const u8, n: c_int) -> c_int;
    RTMP_LogSetCallback(cb: Option<LogCallback>);
    RTMP_LogSetOutput(f: *mut c_void);
    RTMP_LogSetLevel(n: c_uint);
    RTMP_LogGetLevel() -> c_uint;
    RTMP_LogHex(n: c_int, p: *const u8, len: c_ulong);
    RTMP_LogHexString(n: c_int, p: *const u8, len: c_ulong);
    HTTP_get(http: *mut c_void, url: *const u8, cb: *const c_void) -> c_uint;
    RTMP_HashSWF(url: *const u8, size: *mut c_uint, hash: *mut u8, age: c_int) -> c_int;
}

// SAFETY: the table holds addresses of code and of two data objects that live as long as the
// process; scenarios only write data objects of a library they have to themselves.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

fn address(object: &libloading::Library, name: &str) -> *mut c_void {
    let symbol = format!("{name}\0");
    // SAFETY: the symbol is only taken as an address here.
    unsafe { object.get::<*mut c_void>(symbol.as_bytes()) }
        .map_or(std::ptr::null_mut(), |found| *found)
}

fn function<F: Copy>(address: *mut c_void) -> F {
    assert_eq!(size_of::<F>(), size_of::<*mut c_void>());
    // SAFETY: `F` is the function pointer type that belongs to the symbol, of pointer size.
    unsafe { std::mem::transmute_copy(&address) }
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seat {
    Original,
    Ours,
    /// Ours, where no call waits.
    NonBlocking,
}

/// The pair of `DIFFERENTIAL_SEATS`, `original,ours` when it is not set.
pub(crate) fn seats() -> [Seat; 2] {
    let text = std::env::var("DIFFERENTIAL_SEATS").unwrap_or_else(|_| "original,ours".into());
    let seat = |name: &str| match name {
        "original" => Seat::Original,
        "ours" => Seat::Ours,
        "nonblocking" => Seat::NonBlocking,
        _ => panic!("DIFFERENTIAL_SEATS: {text:?}: `original`, `ours` or `nonblocking`"),
    };
    match text.split_once(',') {
        Some((left, right)) => [seat(left), seat(right)],
        None => panic!("DIFFERENTIAL_SEATS: {text:?}: two seats, separated by a comma"),
    }
}

impl Seat {
    /// The one that all scenarios share, with the collecting log callback.
    pub(crate) fn library(self) -> &'static Library {
        static ORIGINAL: OnceLock<Library> = OnceLock::new();
        static OURS: OnceLock<Library> = OnceLock::new();
        static NON_BLOCKING: OnceLock<Library> = OnceLock::new();
        let shared = match self {
            Self::Original => &ORIGINAL,
            Self::Ours => &OURS,
            Self::NonBlocking => &NON_BLOCKING,
        };
        shared.get_or_init(|| {
            let mut library = load(&self.path());
            if self == Self::NonBlocking {
                nonblocking::replace(&mut library);
            }
            library.RTMP_LogSetCallback(Some(trace::collect));
            library.RTMP_LogSetLevel(6);
            // The first call initialises the TLS layer, which the original does without a lock.
            let handle = library.RTMP_Alloc();
            library.RTMP_Init(handle);
            library.RTMP_Free(handle);
            library
        })
    }

    fn path(self) -> PathBuf {
        match self {
            Self::Original => original_path(),
            Self::Ours | Self::NonBlocking => our_path(),
        }
    }
}

impl Library {
    /// Whether it exports a function, which the original may lack.
    pub(crate) fn knows(&self, name: &str) -> bool {
        !address(&self.object, name).is_null()
    }

    /// The same library once more with settings of its own, as after the start of a program. The
    /// loader knows a file by its inode, so this one is loaded from a copy.
    pub(crate) fn untouched(&self) -> &'static Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("differential-{}-{number}.so", std::process::id());
        let copy = std::env::temp_dir().join(name);
        std::fs::copy(&self.path, &copy).expect("room for a copy of the library");
        let library = load(&copy);
        std::fs::remove_file(&copy).expect("the copy just made");
        Box::leak(Box::new(library))
    }
}

fn load(path: &Path) -> Library {
    // SAFETY: both libraries have no constructors of their own (spec 01 section 1).
    let object = unsafe { libloading::Library::new(path) }
        .unwrap_or_else(|error| panic!("cannot load {}: {error}", path.display()));
    Library::bind(object, path.to_owned())
        .unwrap_or_else(|missing| panic!("{} does not export {missing:?}", path.display()))
}

fn original_path() -> PathBuf {
    let listed = ["ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"]
        .iter()
        .find_map(|program| {
            let output = Command::new(program).arg("-p").output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let line = text
                .lines()
                .find(|l| l.contains("librtmp.so.1 ") && l.contains("x86-64"))?;
            line.split("=> ").nth(1).map(PathBuf::from)
        });
    let usual = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"];
    listed
        .into_iter()
        .chain(
            usual
                .iter()
                .map(|directory| Path::new(directory).join("librtmp.so.1")),
        )
        .find(|path| path.exists())
        .expect("the original librtmp.so.1 is not installed; on Debian: apt-get install librtmp1")
}

fn our_path() -> PathBuf {
    let exe = std::env::current_exe().expect("path of the test executable");
    let dependencies = exe.parent().expect("directory of the test executable");
    [Some(dependencies), dependencies.parent()]
        .into_iter()
        .flatten()
        .map(|directory| directory.join("librtmp.so"))
        .find(|path| path.exists())
        .expect("cargo builds librtmp.so beside the test executable")
}
