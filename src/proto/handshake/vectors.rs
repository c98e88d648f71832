//! Known answers of spec 03 §1.13, which the original gave.

use super::digest::{Placed, Scheme, swf_response};
use super::encrypted::Agreement;
use super::{Block, SIZE, Side, signature};
use crate::proto::crypto::dh::{Degenerate, KeyPair, Number, PeerKey};
use crate::proto::crypto::hmac;
use crate::proto::crypto::rc4::Keystream;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn number(hex: &str) -> Number {
    core::array::from_fn(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
}

/// Byte i is 7 i + 3.
fn block() -> Block {
    core::array::from_fn(|at| (at * 7 + 3).to_le_bytes()[0])
}

/// 20, 21, .. 3f.
fn digest() -> [u8; 32] {
    core::array::from_fn(|at| (at + 0x20).to_le_bytes()[0])
}

#[test]
fn offsets() {
    let block = block();
    assert_eq!(Scheme::Zero.digest_offset(&block), 290);
    assert_eq!(Scheme::One.digest_offset(&block), 942);
    assert_eq!(Scheme::Zero.key_offset(&block), 1106);
    assert_eq!(Scheme::One.key_offset(&block), 62);
}

#[test]
fn offsets_never_leave_the_block() {
    for byte in 0..=255 {
        let block = [byte; SIZE];
        for scheme in [Scheme::Zero, Scheme::One] {
            let (digest, key) = (scheme.digest_offset(&block), scheme.key_offset(&block));
            assert!(digest >= 8 && digest + 32 <= SIZE && key >= 8 && key + 128 <= SIZE);
            assert!(digest + 32 <= key || key + 128 <= digest);
        }
    }
}

#[test]
fn digests() {
    let cases = [
        (
            Side::Client,
            Scheme::Zero,
            "36d27b365b84e5e55f376e2f24f3a7dd6b8b5e9b002f035f99366c07e43b8d41",
        ),
        (
            Side::Client,
            Scheme::One,
            "492c04ebd265e6343c4c12f5580a46399bec2724821f27f321b95ca75b63b318",
        ),
        (
            Side::Server,
            Scheme::Zero,
            "2e691a99791972c8b772eb258df6475daab3454c59f81df497d3012cce3ec8bc",
        ),
        (
            Side::Server,
            Scheme::One,
            "01d1722f262d0920a2fd6c2cff614d034585bbacbc28b5c77a88ca2fc0c3b984",
        ),
    ];
    for (side, scheme, expected) in cases {
        let placed = Placed::compute(side, scheme, &block());
        assert_eq!(hex(&placed.digest), expected, "{side:?} {scheme:?}");
    }
}

#[test]
fn signatures() {
    let cases = [
        (
            Side::Client,
            "7c580051e6a3e5d56584f3e2ec6b8c259bd9570faf9deefba07ea2a8f89cd201",
            [
                "c7812615fa846c62dd463a2043562336e0422fc91a331f25805d766af8352397",
                "15e3d45e7bd68073f89ef636aa66bfdcbba15671fdffb0075c01e0d917f83b96",
                "fa4da10baa507ebc0580692b254b0595bba5dbe683a4a16b20a241d681ffacc9",
            ],
        ),
        (
            Side::Server,
            "bd10e758f71ec76bb5ac16d6ecb3b731585e0b596709f407a503bb1a63f11cd3",
            [
                "268f7f544fd71f872db53dd87422a6d4e0fd81eb4a75ea553be899e3a0b0e494",
                "faf021b802a4d69240aebc5b3a6b833971d2879f94d1176da5c5c3765dd4bbe2",
                "9fd855351280faddda5dae0063f8c2622b9721f10af539b2c3a29a28b77888df",
            ],
        ),
    ];
    for (side, key, [plain, type_8, type_9]) in cases {
        let got = signature::key(side, &digest());
        assert_eq!(hex(&got), key);
        for (kind, expected) in [
            (3, plain),
            (6, plain),
            (0x48, plain),
            (8, type_8),
            (9, type_9),
        ] {
            let signed = signature::sign(kind, &got, &block());
            assert_eq!(signed[..1504], block()[..1504]);
            assert_eq!(
                hex(&signature::carried(&signed)),
                expected,
                "{side:?} {kind}"
            );
            assert_eq!(hex(&signature::signature(kind, &got, &signed)), expected);
        }
    }
}

#[test]
fn block_ciphers() {
    let answers = [
        ("c7c82aca95daa419", "a031fb6d807be57d"),
        ("56db83e87bb6c03f", "c6bf25ece357e347"),
        ("83e79d336fe13cf4", "f524a328092d4769"),
        ("3f6995e8db8eff4b", "6f719aa57093a566"),
        ("461421c5e9476b9e", "c231405151907752"),
        ("b4cb855c172482f6", "1d25cc9bde471da4"),
        ("125fd128ad5d3482", "ffd7e49294afae43"),
        ("462cb97d43c6dca1", "4d14bb94b0cf1321"),
        ("f50041d2a536667c", "d54ef4538c6252e9"),
        ("84f660b627880e23", "ca0a9910c0de1b08"),
        ("58d64861f02e38fa", "67e5d62da3dcf2e5"),
        ("ebb7e02f45c30c73", "c276411c15ec7a19"),
        ("252099840f5d0952", "58d100468622b7c7"),
        ("c6036f28cfa4256e", "de85ea2830aa8abd"),
        ("b7eecfdda2307f55", "e3082b7c168b32eb"),
    ];
    for (selector, (type_8, type_9)) in (0..).zip(answers) {
        // The selector counts modulo 15.
        for selector in [selector, selector + 15, selector + 240 - 15] {
            let plain = [0, 1, 2, 3, 4, 5, 6, 7];
            assert_eq!(
                hex(&signature::transformed(8, selector, plain)),
                type_8,
                "{selector}"
            );
            assert_eq!(
                hex(&signature::transformed(9, selector, plain)),
                type_9,
                "{selector}"
            );
        }
    }
}

const X_A: &str = "00112233445566778899aabbccddeeff";
const X_B: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const Y_A: &str = "\
    09218d13ec19f1476c995b5d40799add0db88ffe5f532bbca27a2bb86a4c1f64\
    0a4e0ae6e211d7009b852adfb2bea557d0a22602f91703b70b9ab2613308a52e\
    3376039c3178258dd422f86a13daeb3e5704c0c83b285734de171983c9340c10\
    d77e07846428c70e232c9f92aa6d90f2c9d9feb087bce2995660ef47373b23fc";
const Y_B: &str = "\
    d564aefb866084a043324d4d99283984f76578cd8f84cf1edc6782dda33f63ff\
    761aec8f4516c12a3b35ea4ce50e55cfc93f03a9d8f2f01881e51c71780f09c6\
    343e8c47df14849c77dbee0efaabd94fd0cac6d46067c1da59bf22411f4ecf4b\
    5ad3e718eaba90817ba5f2af9d639a2ba1fd0c3d00377073e6b5c63769b0cf0b";
const SECRET: &str = "\
    fcd548a97c57840c02ce653bcd4ba7f7cfc7f1ba2a37ca13f32db2634886ab85\
    62eec12053ac63feea29214c792b53acf6985f6e8a1d80a420e176b8a6a7081f\
    2303be985f098433c65f9e62111bc1e61c11c6841d43118c4053b3abc80f7f4b\
    342e110c04016377f8db1bd9a03275c56a15f4004e2a45c4bdc46c84cf024e26";

#[test]
fn key_exchange() {
    let [a, b] = [X_A, X_B].map(|half| KeyPair::new(&number(&half.repeat(8))));
    assert_eq!([hex(a.public()), hex(b.public())], [Y_A, Y_B]);
    let [to_a, to_b] = [a.public(), b.public()].map(|key| PeerKey::parse(key).unwrap());
    assert_eq!(
        [hex(&*a.secret(&to_b)), hex(&*b.secret(&to_a))],
        [SECRET, SECRET]
    );
    let key = |receiver: &Number| hex(&hmac(&number(SECRET), &[receiver])[..16]);
    assert_eq!(key(b.public()), "286ab58c10278d959c9156aa6d91c357");
    assert_eq!(key(a.public()), "48b551b16c1cf5e7a030d48f5b4a7692");
}

#[test]
fn keystreams() {
    let [a, b] = [X_A, X_B].map(|half| KeyPair::new(&number(&half.repeat(8))));
    let mut at_a = Agreement::reach(&a, b.public()).unwrap();
    let mut at_b = Agreement::reach(&b, a.public()).unwrap();
    assert!(at_a.is_in_group && at_b.is_in_group);
    let next = |stream: &mut Keystream| {
        let mut bytes = [0; 16];
        stream.apply(&mut bytes);
        hex(&bytes)
    };
    let (out, back) = (
        "86846d3c50746e2f1f8717779fc68070",
        "40682abbdc5242fd63ecf8b5142616b1",
    );
    assert_eq!(
        [next(&mut at_a.outgoing), next(&mut at_b.incoming)],
        [out, out]
    );
    assert_eq!(
        [next(&mut at_a.incoming), next(&mut at_b.outgoing)],
        [back, back]
    );
}

#[test]
fn leading_zeros_belong_to_the_secret() {
    let mut nine = [0; 128];
    nine[127] = 9;
    let peer = PeerKey::parse(&number(Y_B)).unwrap();
    let secret = KeyPair::new(&nine).secret(&peer);
    assert_eq!(hex(&secret[..8]), "006bc2194f418659");
    let key = hmac(&*secret, &[&number(Y_B)]);
    assert_eq!(hex(&key[..16]), "adc983447ee746e9dbd3b32e187222f5");
}

#[test]
fn keys_that_give_the_secret_away_are_refused() {
    let small = |last| {
        let mut key = [0; 128];
        key[127] = last;
        key
    };
    let prime: Number = number(
        "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74\
         020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437\
         4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
         ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff",
    );
    let before = |count| {
        let mut key = prime;
        key[127] -= count;
        key
    };
    let refused = |key: Number| PeerKey::parse(&key).err();
    assert_eq!(refused(small(0)), Some(Degenerate::TooSmall));
    assert_eq!(refused(small(1)), Some(Degenerate::TooSmall));
    assert_eq!(refused(before(1)), Some(Degenerate::TooLarge));
    assert_eq!(refused(prime), Some(Degenerate::TooLarge));
    assert_eq!(refused([0xff; 128]), Some(Degenerate::TooLarge));
    // -1 is no square here: of 2 and p - 2 one is in the group.
    assert!(PeerKey::parse(&small(2)).unwrap().is_in_group());
    assert!(!PeerKey::parse(&before(2)).unwrap().is_in_group());
}

#[test]
fn swf_responses() {
    let mut server = block();
    server[1504..].copy_from_slice(&digest());
    assert_eq!(
        hex(&swf_response(&server, 1000, &[0xab; 32])),
        "0101000003e8000003e80e8698f0ff5c857d805fe879d90d1f8d7305276565e91dc8250c1a44d1c1d967"
    );
}
