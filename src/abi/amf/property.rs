//! One named or unnamed value.

use core::mem::{MaybeUninit, transmute};
use core::ptr;

use super::{AMFDataType, AMFObject, AMFObjectProperty};
use crate::abi::aval::AVal;
use crate::abi::cell::Cell;

impl AMFObjectProperty {
    /// Type number.
    pub const NUMBER: AMFDataType = 0;
    /// Type boolean.
    pub const BOOLEAN: AMFDataType = 1;
    /// Type string, long string included.
    pub const STRING: AMFDataType = 2;
    /// Type object.
    pub const OBJECT: AMFDataType = 3;
    /// Type null; undefined and unsupported decode to it.
    pub const NULL: AMFDataType = 5;
    /// Type ECMA array.
    pub const ECMA_ARRAY: AMFDataType = 8;
    /// Type strict array.
    pub const STRICT_ARRAY: AMFDataType = 10;
    /// Type date.
    pub const DATE: AMFDataType = 11;
    /// Type XML document.
    pub const XML_DOC: AMFDataType = 15;
    /// No value: what a search returns that finds nothing, and what a reset leaves.
    pub const INVALID: AMFDataType = 255;

    /// A property without a value: null, or invalid.
    pub const fn bare(name: AVal, kind: AMFDataType) -> Self {
        // SAFETY: all members of the union are numbers and pointers, for which zero bytes are a value.
        let p_vu = unsafe { core::mem::zeroed() };
        Self {
            p_name: name,
            p_type: Cell::new(kind),
            p_vu,
            p_UTCoffset: Cell::new(0),
        }
    }

    /// A number, boolean or date.
    pub fn with_number(name: AVal, kind: AMFDataType, value: f64) -> Self {
        let property = Self::bare(name, kind);
        property.number_cell().set(value);
        property
    }

    /// A string or XML document.
    pub fn with_text(name: AVal, kind: AMFDataType, value: &AVal) -> Self {
        let property = Self::bare(name, kind);
        property.text_place().set(value);
        property
    }

    /// An object or array; the property owns it from now on.
    pub fn with_object(name: AVal, kind: AMFDataType, value: &AMFObject) -> Self {
        let property = Self::bare(name, kind);
        property.object_place().set(value);
        property
    }

    /// Takes over name, type and value of `other` (a shallow copy, as in C).
    pub fn set(&self, other: &Self) {
        self.p_name.set(&other.p_name);
        self.p_type.set(other.p_type.get());
        // The members are laid out differently: text and object together cover every byte that any of them uses.
        self.text_place().set(other.text_place());
        self.object_place().set(other.object_place());
        self.p_UTCoffset.set(other.p_UTCoffset.get());
    }

    /// The number, whatever the type is.
    pub fn number(&self) -> f64 {
        self.number_cell().get()
    }

    /// Stores a number; the type is set apart.
    pub fn set_number(&self, value: f64) {
        self.number_cell().set(value);
    }

    /// The bytes of a string or XML document; empty for all other types.
    pub fn text(&self) -> AVal {
        match self.p_type.get() {
            Self::STRING | Self::XML_DOC => self.text_place().clone(),
            _ => AVal::empty(),
        }
    }

    /// Stores text; the type is set apart.
    pub fn set_text(&self, value: &AVal) {
        self.text_place().set(value);
    }

    /// The members of an object or array; nothing for all other types.
    pub fn object(&self) -> Option<&AMFObject> {
        match self.p_type.get() {
            Self::OBJECT | Self::ECMA_ARRAY | Self::STRICT_ARRAY => Some(self.object_place()),
            _ => None,
        }
    }

    /// Stores members; the type is set apart.
    pub fn set_object(&self, value: &AMFObject) {
        self.object_place().set(value);
    }

    /// Forgets the value, whatever it is; the type stays.
    pub fn clear_value(&self) {
        // Together they cover every byte of the union.
        self.object_place().set(&AMFObject::empty());
        self.text_place().clear();
    }

    /// Releases what the value owns; the property is invalid afterwards, its name stays (`AMFProp_Reset`).
    ///
    /// # Safety
    /// As for [`AMFObject::reset`], if it has members.
    pub unsafe fn reset(&self) {
        match self.object() {
            // SAFETY: the caller's promise.
            Some(object) => unsafe { object.reset() },
            None => self.text_place().clear(),
        }
        self.p_type.set(Self::INVALID);
    }

    fn number_cell(&self) -> &Cell<f64> {
        // SAFETY: any eight bytes are a `double`.
        unsafe { &self.p_vu.p_number }
    }

    fn text_place(&self) -> &AVal {
        // SAFETY: pointer and length are plain bits; they are only followed when the type says that they are text.
        unsafe { &self.p_vu.p_aval }
    }

    fn object_place(&self) -> &AMFObject {
        // SAFETY: count and pointer are plain bits; they are only followed when the type says that they are members.
        unsafe { &self.p_vu.p_object }
    }
}

impl Clone for AMFObjectProperty {
    fn clone(&self) -> Self {
        let copy = Self::bare(AVal::empty(), Self::INVALID);
        copy.set(self);
        copy
    }
}

impl AMFObjectProperty {
    /// What a search gives that finds nothing: unnamed, invalid, 0. The same address each time, in read-only memory:
    /// functions that write must leave it alone.
    pub fn not_found() -> &'static Self {
        static NOT_FOUND: Constant<{ size_of::<AMFObjectProperty>() }> = {
            let property = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID);
            // SAFETY: any bytes, padding included, are valid as `MaybeUninit` bytes of the same size.
            Constant(unsafe { transmute::<AMFObjectProperty, MaybeUninit<_>>(property) })
        };
        // SAFETY: the bytes were made from a property and are aligned for one; it is never written.
        unsafe { &*ptr::from_ref(&NOT_FOUND).cast() }
    }

    /// True for [`Self::not_found`] itself.
    pub fn is_not_found(&self) -> bool {
        ptr::eq(self, Self::not_found())
    }
}

/// Bytes in read-only memory, where a type with cells would not go.
#[repr(C, align(8))]
struct Constant<const N: usize>(MaybeUninit<[u8; N]>);
