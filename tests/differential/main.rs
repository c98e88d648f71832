//! The original library and ours, side by side: the same scenario runs on each against the same
//! peer, and return values, fields, bytes on the wire, FLV bytes and log lines must be equal.
//!
//! `DIFFERENTIAL_SEATS=original,original` shows that a scenario is repeatable;
//! `DIFFERENTIAL_SEATS=ours,nonblocking` is ours twice, the second time where no call waits;
//! `DIFFERENTIAL_VERBOSE=1` prints the name of each scenario before it runs.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![expect(
    non_snake_case,
    clippy::upper_case_acronyms,
    reason = "functions, fields and structures have the names of the C interface"
)]

mod amf3;
mod amf_decode;
mod amf_encode;
mod amf_objects;
mod anchors;
mod auth;
mod chunk_calls;
mod chunk_read;
mod chunk_resume;
mod chunk_send;
mod commands;
mod commands_incoming;
mod commands_refused;
mod commands_send;
mod commands_session;
mod commands_ways;
mod control;
mod encrypted;
mod handle;
mod handshake_broken;
mod handshake_peer;
mod handshakes;
mod http;
mod library;
mod logging;
mod media_enhanced;
mod media_pause;
mod media_read;
mod media_resume;
mod media_write;
mod messages;
#[path = "../tls/pki.rs"]
mod pki;
mod proxies;
mod reuse;
mod scenario;
mod server;
mod stream_setup;
mod structs;
mod swf;
mod swf_deviations;
mod swf_https;
mod swfinfo;
mod tls;
mod trace;
mod transport;
mod tunnel;
mod tunnel_server;
mod tunnel_session;
mod tunnel_wire;
mod url;
mod url_options;
mod url_setup;

macro_rules! tables {
    ($($name:ident => $table:path),* $(,)?) => {
        $(#[test]
        fn $name() {
            scenario::compare(&$table());
        })*

        #[test]
        fn every_deviation_is_listed_in_the_document() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/differences.md");
            let document = std::fs::read_to_string(path).expect("docs/differences.md");
            let mut missing = std::collections::BTreeSet::new();
            $(for scenario in $table() {
                missing.extend(scenario.anchor.filter(|anchor| !document.contains(anchor)));
            })*
            assert!(missing.is_empty(), "no row in docs/differences.md says: {missing:#?}");
        }
    };
}

tables! {
    amf_value_encoders => amf_encode::values,
    amf_container_encoders => amf_encode::containers,
    amf_named_container_encoders => amf_encode::named_containers,
    amf_property_encoders => amf_encode::properties,
    amf_exact_fits => amf_encode::exact_fits,
    amf_encoder_deviations => amf_encode::deviations,
    amf_raw_readers => amf_decode::readers,
    amf0_values => amf_decode::amf0,
    amf3_values => amf3::amf3,
    amf_round_trips => amf_decode::round_trips,
    amf_object_access => amf_objects::access,
    amf_searches => amf_objects::searches,
    amf_dumps => amf_objects::dumps,
    url_parsing => url::urls,
    url_playpaths => url::playpaths,
    setup_url => url_setup::urls,
    setup_stream => stream_setup::streams,
    setup_life_cycle => stream_setup::life_cycle,
    options => url_options::options,
    options_conn => url_options::conn,
    chunk_send_headers => chunk_send::headers,
    chunk_send_deviations => chunk_send::deviations,
    chunk_send_controls => chunk_calls::controls,
    chunk_send_raw => chunk_calls::chunks,
    chunk_call_queue => chunk_calls::queue,
    chunk_packet_helpers => chunk_calls::packets,
    chunk_without_connection => chunk_calls::without_connection,
    chunk_read_headers => chunk_read::headers,
    chunk_read_ends => chunk_read::ends,
    chunk_read_deviations => chunk_resume::deviations,
    chunk_read_reports => chunk_read::reports,
    control_messages => control::messages,
    control_events => control::user_control,
    control_aggregates => control::aggregates,
    control_metadata => control::metadata,
    commands_senders => commands_send::senders,
    commands_results => commands::results,
    commands_decoding => commands_incoming::decoding,
    commands_methods => commands_incoming::methods,
    commands_statuses => commands_incoming::statuses,
    commands_limits => commands_send::limits,
    commands_dialogues => commands_session::dialogues,
    commands_other_ways => commands_ways::other_ways,
    commands_goodbyes => commands_refused::goodbyes,
    commands_refusals => commands_refused::refusals,
    media_read_goldens => media_read::goldens,
    media_read_space => media_read::space,
    media_read_ends => media_read::ends,
    media_read_deviations => media_read::deviations,
    media_read_not_waiting => media_read::not_waiting,
    media_read_aggregates => media_resume::aggregates,
    media_read_resumes => media_resume::resumes,
    media_enhanced_passed => media_enhanced::passed,
    media_enhanced_deviations => media_enhanced::deviations,
    media_pauses => media_pause::pauses,
    media_write_whole_tags => media_write::whole_tags,
    media_write_splits => media_write::splits,
    reuse_of_handles => reuse::sessions,
    log_output => logging::output,
    log_program_lines => logging::program_lines,
    log_callbacks => logging::callbacks,
    log_dumps => logging::dumps,
    log_peers => commands_incoming::peers,
    log_metadata => commands_incoming::metadata,
    auth_dialogues => auth::dialogues,
    auth_rejections => auth::rejections,
    auth_deviations => auth::deviations,
    auth_logins => auth::logins,
    transport_failures => transport::failures,
    transport_proxies => transport::proxies,
    proxy_connections => proxies::connections,
    proxy_refusals => proxies::refusals,
    proxy_silence => proxies::silence,
    proxy_deviations => proxies::deviations,
    transport_buffers => transport::buffers,
    transport_serving => transport::serving,
    handshake_meetings => encrypted::meetings,
    handshake_secrets => encrypted::secrets,
    handshake_clients => handshakes::clients,
    handshake_fallbacks => handshakes::fallbacks,
    handshake_keys => handshakes::keys,
    handshake_servers => handshakes::servers,
    handshake_broken_peers => handshake_broken::broken_peers,
    swf_http => http::samples,
    swf_http_silence => http::silence,
    swf_hashes => swf::hashes,
    swf_damaged_caches => swf_deviations::damaged,
    swf_https => swf_https::samples,
    swf_set_up => swf_deviations::set_up,
    tls_sessions => tls::sessions,
    tls_failures => tls::failures,
    tls_certificates => tls::certificates,
    tls_serving => tls::serving,
    tunnel_open_replies => tunnel::open_replies,
    tunnel_open_deviations => tunnel::open_deviations,
    tunnel_requests => tunnel_wire::requests,
    tunnel_responses => tunnel_wire::responses,
    tunnel_sessions => tunnel_session::sessions,
    tunnel_session_deviations => tunnel_session::deviations,
    tunnel_deviations => tunnel_wire::deviations,
}

/// Tables of calls that wait: ours gives the same where none does.
macro_rules! tables_without_waiting {
    ($($name:ident => $table:path),* $(,)?) => {
        mod without_waiting {
            use super::*;

            $(#[test]
            fn $name() {
                scenario::compare_in(&$table(), [library::Seat::Ours, library::Seat::NonBlocking]);
            })*
        }
    };
}

tables_without_waiting! {
    chunk_send_headers => chunk_send::headers,
    chunk_send_deviations => chunk_send::deviations,
    chunk_send_controls => chunk_calls::controls,
    chunk_send_raw => chunk_calls::chunks,
    chunk_call_queue => chunk_calls::queue,
    chunk_without_connection => chunk_calls::without_connection,
    chunk_read_headers => chunk_read::headers,
    chunk_read_ends => chunk_read::ends,
    chunk_read_deviations => chunk_resume::deviations,
    chunk_read_reports => chunk_read::reports,
    control_messages => control::messages,
    control_events => control::user_control,
    control_aggregates => control::aggregates,
    control_metadata => control::metadata,
    commands_senders => commands_send::senders,
    commands_results => commands::results,
    commands_decoding => commands_incoming::decoding,
    commands_methods => commands_incoming::methods,
    commands_statuses => commands_incoming::statuses,
    commands_limits => commands_send::limits,
    commands_dialogues => commands_session::dialogues,
    commands_other_ways => commands_ways::other_ways,
    commands_goodbyes => commands_refused::goodbyes,
    commands_refusals => commands_refused::refusals,
    media_read_goldens => media_read::goldens,
    media_read_space => media_read::space,
    media_read_ends => media_read::ends,
    media_read_deviations => media_read::deviations,
    media_read_aggregates => media_resume::aggregates,
    media_read_resumes => media_resume::resumes,
    media_pauses => media_pause::pauses,
    media_write_whole_tags => media_write::whole_tags,
    media_write_splits => media_write::splits,
    reuse_of_handles => reuse::sessions,
    handshake_meetings => encrypted::meetings,
    handshake_secrets => encrypted::secrets,
    tls_sessions => tls::sessions,
    tls_serving => tls::serving,
}
