//! The key exchange of RTMPE: Diffie-Hellman in the 1024-bit group 2 of RFC 2409, generator 2 (spec 03 §1.6).

use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{JacobiSymbol, U1024};
use zeroize::{Zeroize, Zeroizing};

use group::Group;

/// Bytes of a public key, a private exponent and a secret; numbers are big-endian with leading zeros.
pub const SIZE: usize = 128;

/// A number of the group as it stands on the wire.
pub type Number = [u8; SIZE];

/// The macro's type is public; here it is not to be seen.
mod group {
    use crypto_bigint::{U1024, const_monty_params};

    const_monty_params!(
        Group,
        U1024,
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
         020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437\
         4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
         EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
        "The numbers modulo the prime of the group."
    );
}

const PRIME: U1024 = Group::PARAMS.modulus().get_copy();
type Element = ConstMontyForm<Group, { U1024::LIMBS }>;

/// An own key: the private exponent and what the peer is told of it.
pub struct KeyPair {
    exponent: U1024,
    public: Number,
}

/// What is wrong with a public key of the peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Degenerate {
    /// 0 or 1.
    TooSmall,
    /// The prime less 1, or more.
    TooLarge,
}

/// A public key of the peer that can be worked with.
pub struct PeerKey {
    element: Element,
}

impl KeyPair {
    /// The key of a private exponent, for which 128 random bytes are right.
    pub fn new(exponent: &Number) -> Self {
        let exponent = U1024::from_be_slice(exponent);
        let public = bytes(&Element::new(&U1024::from(2_u8)).pow(&exponent));
        Self { exponent, public }
    }

    /// What the peer is told.
    pub fn public(&self) -> &Number {
        &self.public
    }

    /// What both sides know and others do not.
    pub fn secret(&self, peer: &PeerKey) -> Zeroizing<Number> {
        Zeroizing::new(bytes(&peer.element.pow(&self.exponent)))
    }
}

impl Drop for KeyPair {
    fn drop(&mut self) {
        self.exponent.zeroize();
    }
}

impl PeerKey {
    /// Refuses keys that make the secret guessable.
    pub fn parse(key: &Number) -> Result<Self, Degenerate> {
        let number = U1024::from_be_slice(key);
        if number <= U1024::ONE {
            return Err(Degenerate::TooSmall);
        }
        if number >= PRIME.wrapping_sub(&U1024::ONE) {
            return Err(Degenerate::TooLarge);
        }
        Ok(Self {
            element: Element::new(&number),
        })
    }

    /// True for keys of the group that the generator makes, as every honest key is: y^q = 1 with q = (p - 1) / 2. That
    /// power is the Legendre symbol, which is known sooner.
    pub fn is_in_group(&self) -> bool {
        let number = self.element.retrieve();
        number.jacobi_symbol_vartime(Group::PARAMS.modulus()) == JacobiSymbol::One
    }
}

fn bytes(element: &Element) -> Number {
    element.retrieve().to_be_bytes().into()
}
