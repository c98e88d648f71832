//! First and second messages of the handshake.

use proptest::prelude::*;
use rtmp::proto::crypto::dh::KeyPair;
use rtmp::proto::handshake::digest::{Placed, Scheme, swf_response};
use rtmp::proto::handshake::encrypted::Agreement;
use rtmp::proto::handshake::hello::Hello;
use rtmp::proto::handshake::{Block, SIZE, Side, signature};

const SIDES: [Side; 2] = [Side::Client, Side::Server];
const SCHEMES: [Scheme; 2] = [Scheme::Zero, Scheme::One];

fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    proptest::collection::vec(any::<u8>(), N).prop_map(|bytes| bytes.try_into().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_block_is_read(block in bytes::<SIZE>(), kind in any::<u8>()) {
        for side in SIDES {
            for scheme in SCHEMES {
                let placed = Placed::compute(side, scheme, &block);
                prop_assert!(placed.offset + 32 <= SIZE);
                prop_assert_eq!(Placed::find(side, scheme, &block), None);
                // The place of the key and the digest never touch.
                let key = scheme.key_offset(&block);
                prop_assert!(key + 128 <= placed.offset || placed.offset + 32 <= key);
                let key = signature::key(side, &placed.digest);
                let signed = signature::sign(kind, &key, &block);
                prop_assert_eq!(signature::carried(&signed), signature::signature(kind, &key, &signed));
            }
        }
        prop_assert!(swf_response(&block, 1, &[0; 32]).starts_with(&[1, 1, 0, 0, 0, 1]));
    }

    #[test]
    fn two_ends_agree(
        randoms in [bytes::<{ SIZE - 8 }>(), bytes::<{ SIZE - 8 }>()],
        exponents in [bytes::<128>(), bytes::<128>()],
        mut text in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let hello = |side: Side, at: usize| Hello::encrypted(side, 8, 7, &randoms[at], &exponents[at]);
        let [client, server] = [hello(Side::Client, 0), hello(Side::Server, 1)];
        let agree = |own: &KeyPair, side, peer: &Block| {
            let found = Placed::find(side, Scheme::One, peer).unwrap();
            Agreement::reach(own, &found.scheme.key(peer)).unwrap()
        };
        let mut at_client = agree(client.keys.as_ref().unwrap(), Side::Server, server.block());
        let mut at_server = agree(server.keys.as_ref().unwrap(), Side::Client, client.block());
        prop_assert!(at_client.is_in_group && at_server.is_in_group);
        let clear = text.clone();
        at_client.outgoing.apply(&mut text);
        at_server.incoming.apply(&mut text);
        prop_assert_eq!(&text, &clear);
        at_server.outgoing.apply(&mut text);
        at_client.incoming.apply(&mut text);
        prop_assert_eq!(text, clear);
    }
}
