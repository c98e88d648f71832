//! The ports of the protocols.

use core::ffi::c_int;

use crate::session::feature;

/// The port of a protocol, given as feature bits.
pub(super) fn default_port(protocol: c_int) -> u16 {
    if protocol & feature::SSL != 0 {
        443
    } else if protocol & feature::HTTP != 0 {
        80
    } else {
        1935
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_follows_from_the_outermost_layer() {
        assert_eq!(default_port(feature::ENC), 1935);
        assert_eq!(default_port(feature::HTTP | feature::ENC), 80);
        assert_eq!(default_port(feature::HTTP | feature::SSL), 443);
        assert_eq!(default_port(feature::SSL | feature::WRITE), 443);
    }
}
