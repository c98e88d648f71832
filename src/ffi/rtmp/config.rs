//! What a program says in one block (`RTMP_Configure`).

use core::ffi::c_int;

use crate::abi::{RTMP, RTMP_CONFIG};
use crate::ffi::inside_anyhow;
use crate::session::setup;
use crate::session::state::failure::told;

/// Says, in one block, what has no field in RTMP, for the connections that are made from here on. Without this call nothing is
/// changed.
///
/// Where a field says what an option says, too, it counts before that: a number that is not 0, a connectTo that is not NULL. A flag is on
/// when it is set here, or by the option nagle, quiet or reset. connectProperties are sent behind those of the option. A time limit below
/// 0 is none, which the options connectTimeout, receiveTimeout and sendTimeout say by 0.
///
/// options are set when this is called, in their order, as by RTMP_SetOpt. They stay set when another block or NULL takes the place of
/// this one, are set once more by each call, and can be set anew by RTMP_SetOpt or behind a URL. The library refers to their values as to
/// those given to RTMP_SetOpt, which live until RTMP_Close in any case. RTMP_SetupURL replaces app and playpath, RTMP_SetupStream
/// playpath, socks, flashver, start, stop and timeout, and what else it is given: such options are set behind that. swfVfy and swfAge take
/// effect in RTMP_SetupURL only.
///
/// RTMP_CONFIG_QUIET leaves out what RTMP_Close tells the server: FCUnpublish and deleteStream, and in a tunnel that it is over.
/// RTMP_CONFIG_RESET closes a socket on which a message could not be sent, or an answer of the library's, so that the server learns
/// it at once; what that has not taken yet is thrown away. A goodbye that the server does not take is no reason: it may still get
/// what was sent before.
/// A host without addresses of the family fails with RTMP_ERR_BIND, and so does one whose sockets onSocket all refuses.
/// A connectTo that is neither a host nor host:port fails with RTMP_ERR_RESOLVE.
///
/// With a proxy, family and onSocket are about the socket to it, and connectTo is what it is told. A player that RTMP_SetupURL or
/// RTMP_Connect fetches to verify it is fetched through such sockets too; HTTP_get and RTMP_HashSWF know no handle.
///
/// onSocket is called in the thread that connects (with RTMP_Start, one of the library's), and may call RTMP_Cancel, RTMP_GetError and
/// RTMP_GetStats.
///
/// onWait is called in each thread that waits for the network in a call on the handle, perhaps by two at the same time. It may call
/// RTMP_Cancel, RTMP_GetError and RTMP_GetStats, and nothing else of the library. It is not called while a thread waits for another
/// one that uses the handle, and not by the last second of RTMP_Close.
///
/// onEvent is called in the thread that reads, before the library does anything about a message: what has come by RTMP_Read and
/// the like, by what RTMP_Write hears meanwhile, and by RTMP_ClientPacket, but no media. A message without a body is none. It may
/// call RTMP_Cancel, RTMP_GetError, RTMP_GetStats and, from RTMP_PHASE_DIALOGUE on, what sends, and not RTMP_Close. Phases are told
/// as they begin, up to RTMP_PHASE_STREAMING when the stream is accepted, and once more with each further connection that a call
/// makes.
///
/// An exception of C++ that leaves one of them ends there, as if it had returned 0 (on x86-64 with ELF; elsewhere it ends the
/// program).
///
/// r: a handle set up by RTMP_Init that is not connected.
/// config: begins with its size in the program; or NULL, which forgets an earlier one. It is not copied: it and all that it points to
/// stays as it is until another one or NULL takes its place, or the handle is not used any more. RTMP_Close does not forget it,
/// RTMP_Init does.
/// Returns TRUE. FALSE, and changes nothing, for a handle that is NULL, with errno EINVAL for a size that is shorter than the first
/// version of the struct, for a family that is none and for a sendBuffer below 0, and with errno EBUSY from RTMP_Connect or RTMP_Start
/// on until the connection is closed, and while RTMP_SetupURL fetches a player. FALSE with errno EINVAL, too, for the first option that
/// RTMP_SetOpt refuses or that has no value: then those before it are set, those behind it are not looked at, and the block that was
/// there before stays.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`, `config` NULL or a struct whose first field says how long it is and that
/// lives as long as said above.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Configure(r: *mut RTMP, config: *const RTMP_CONFIG) -> c_int {
    // SAFETY: the caller's contract.
    let configure =
        |r: &RTMP| unsafe { r.configure(config, |config| setup::set_options(r, config)) };
    // SAFETY: the caller's contract.
    let said = unsafe { inside_anyhow(r, None, |r| Some(setup::configure(r, configure))) };
    told(said.unwrap_or_else(setup::kept_out)).into()
}
