//! Which names of the static library may meet those of a program that it is linked into.
//!
//! The symbol tables are read here: what `nm` prints of the same file depends on the plugins that a machine has for it.

const HEADING: usize = 60;
const SYMBOL_TABLE: u32 = 2;
const GLOBAL: u8 = 1;
const HIDDEN: [u8; 2] = [1, 2];

/// A defined symbol that the linker does not keep inside its member.
pub(crate) struct Symbol {
    pub(crate) name: String,
    /// A weak one gives way to others.
    is_weak: bool,
    /// Meets other names while a program is linked, but never at run time.
    pub(crate) is_hidden: bool,
}

fn number(bytes: &[u8], at: usize, size: usize) -> usize {
    let mut value = [0; 8];
    value[..size].copy_from_slice(&bytes[at..at + size]);
    usize::try_from(u64::from_le_bytes(value)).unwrap()
}

/// Those of all members.
pub(crate) fn symbols(archive: &[u8]) -> Vec<Symbol> {
    members(archive).into_iter().flat_map(of_member).collect()
}

/// The members of a `!<arch>` file.
fn members(archive: &[u8]) -> Vec<&[u8]> {
    let mut rest = archive.strip_prefix(b"!<arch>\n").expect("an archive");
    let mut found = Vec::new();
    while rest.len() > HEADING {
        let size = str::from_utf8(&rest[48..58]).unwrap().trim();
        let size: usize = size.parse().unwrap();
        found.push(&rest[HEADING..HEADING + size]);
        rest = &rest[(HEADING + size.next_multiple_of(2)).min(rest.len())..];
    }
    found
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap();
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// Of a member in ELF with 64 bits; other members (an index, metadata) have none.
fn of_member(member: &[u8]) -> Vec<Symbol> {
    if !member.starts_with(b"\x7fELF") {
        return Vec::new();
    }
    assert_eq!(member[4..6], [2, 1], "64 bits, little endian");
    let (table, size, count) = (
        number(member, 0x28, 8),
        number(member, 0x3a, 2),
        number(member, 0x3c, 2),
    );
    // A file of very many sections has their number in the first one.
    let count = if count == 0 {
        number(member, table + 0x20, 8)
    } else {
        count
    };
    let section = |index: usize| &member[table + index * size..][..size];
    let content = |section: &[u8]| {
        let (start, size) = (number(section, 0x18, 8), number(section, 0x20, 8));
        &member[start..start + size]
    };
    let mut found = Vec::new();
    for index in 0..count {
        let symbols = section(index);
        if number(symbols, 4, 4) != SYMBOL_TABLE as usize {
            continue;
        }
        let names = content(section(number(symbols, 0x28, 4)));
        for entry in content(symbols).chunks_exact(24) {
            let (binding, is_defined) = (entry[4] >> 4, number(entry, 6, 2) != 0);
            if binding >= GLOBAL && is_defined {
                found.push(Symbol {
                    name: text(&names[number(entry, 0, 4)..]),
                    is_weak: binding != GLOBAL,
                    is_hidden: HIDDEN.contains(&(entry[5] & 3)),
                });
            }
        }
    }
    found
}

/// No program has such a name by accident.
pub(crate) fn is_nobodys(symbol: &Symbol) -> bool {
    // The compiler's own; the cryptography in C and assembler carries its name and version.
    let reserved = ["_", "rust_", "librtmp_rs_", "ring_core_"];
    // With a point, which no name in C has: the compiler calls the constants so that two of its units share.
    let is_made_up = symbol.is_hidden && symbol.name.contains('.');
    symbol.is_weak
        || is_made_up
        || reserved
            .iter()
            .any(|prefix| symbol.name.starts_with(prefix))
}
