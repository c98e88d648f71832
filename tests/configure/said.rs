//! What can be said, and when.

use std::mem::offset_of;
use std::ptr;

use rtmp::abi::RTMP_CONFIG;
use rtmp::ffi::rtmp::access::RTMP_Init;
use rtmp::sys::errno;
use rtmp::sys::socket::receive_timeout;

use crate::client::{Client, acceptance, rest, server, shake_hands, write};
use crate::{configure, configure_at, nothing, streaming};

fn number_of_failure(client: &Client, config: RTMP_CONFIG) -> i32 {
    errno::set(0);
    assert!(!configure(client, config));
    errno::last()
}

#[test]
fn nonsense_is_refused_and_changes_nothing() {
    let client = Client::new();
    let said = Box::leak(Box::new(nothing()));
    assert!(configure_at(&client, said));
    let place = client.handle().m_write.body_address();
    for nonsense in [
        RTMP_CONFIG {
            size: 0,
            ..nothing()
        },
        RTMP_CONFIG {
            size: nothing().size - 1,
            ..nothing()
        },
        RTMP_CONFIG {
            size: u32::MAX,
            ..nothing()
        },
        RTMP_CONFIG {
            family: 5,
            ..nothing()
        },
        RTMP_CONFIG {
            family: -4,
            ..nothing()
        },
        RTMP_CONFIG {
            sendBuffer: -1,
            ..nothing()
        },
    ] {
        assert_eq!(number_of_failure(&client, nonsense), libc::EINVAL);
        assert_eq!(client.handle().m_write.body_address(), place);
    }
    assert!(configure_at(&client, ptr::null()));
    assert_eq!(client.handle().m_write.body_address(), 0);
}

#[test]
fn a_longer_struct_is_one_of_a_later_version() {
    #[repr(C)]
    struct Longer {
        config: RTMP_CONFIG,
        more: [u64; 8],
    }
    let mut longer = Longer {
        config: RTMP_CONFIG {
            family: 6,
            ..nothing()
        },
        more: [u64::MAX; 8],
    };
    longer.config.size = u32::try_from(size_of::<Longer>()).unwrap();
    let client = Client::new();
    assert_eq!(offset_of!(Longer, config), 0);
    let longer = ptr::from_ref(Box::leak(Box::new(longer)));
    assert!(configure_at(&client, longer.cast()));
}

#[test]
fn a_connection_that_has_begun_is_left_alone() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, 50);
    assert!(client.connect());
    assert_eq!(number_of_failure(&client, nothing()), libc::EBUSY);
    assert!(!configure_at(&client, ptr::null()));
    client.close();
    thread.join().unwrap();
    assert!(configure(&client, nothing()));
}

#[test]
fn a_close_does_not_forget_what_was_said_and_init_does() {
    let config = RTMP_CONFIG {
        receiveTimeout: 1234,
        ..nothing()
    };
    let client = streaming("", false, config);
    client.close();
    assert_ne!(client.handle().m_write.body_address(), 0);
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a handle that is closed.
    unsafe { RTMP_Init(handle) };
    assert_eq!(client.handle().m_write.body_address(), 0);
}

#[test]
fn writing_leaves_alone_what_was_said() {
    let client = streaming(
        "",
        true,
        RTMP_CONFIG {
            receiveTimeout: 1234,
            ..nothing()
        },
    );
    let place = client.handle().m_write.body_address();
    assert_ne!(place, 0);
    let tag = crate::messages::tag(9, 0, &[0x17; 5000]);
    let (head, end) = tag.split_at(2000);
    for part in [head, end] {
        assert_eq!(client.write(part), i32::try_from(part.len()).unwrap());
    }
    assert_eq!(client.handle().m_write.body_address(), place);
    assert!(receive_timeout(client.handle().m_sb.sb_socket.get()).is_some());
}
