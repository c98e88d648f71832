//! The AMF containers (spec 01 §3, 07 §1, §7).

use core::ffi::{c_char, c_int, c_uint};
use core::mem::ManuallyDrop;
use core::{ptr, slice};

use super::aval::AVal;
use super::cell::Cell;
use super::heap;

mod property;

/// An AMF0 type code as C stores it (`enum AMFDataType`); any number may stand in memory.
pub type AMFDataType = c_uint;

/// A sequence of properties. All zero is the empty object.
#[repr(C)]
#[derive(Clone)]
pub struct AMFObject {
    /// Properties in use; the block has room for this number rounded up to a multiple of 16.
    pub(in crate::abi) o_num: Cell<c_int>,
    /// The properties, a block of the C allocator.
    pub(in crate::abi) o_props: Cell<*mut AMFObjectProperty>,
}

/// One named or unnamed value.
#[repr(C)]
pub struct AMFObjectProperty {
    /// The name, borrowed from the decoded buffer; empty when unnamed.
    pub p_name: AVal,
    /// AMF0 type code; 255 is invalid.
    pub p_type: Cell<AMFDataType>,
    /// The value, by type.
    pub(in crate::abi) p_vu: PropertyValue,
    /// Dates only: minutes, as sent.
    pub p_UTCoffset: Cell<i16>,
}

/// The value of a property. Which member is live is said by `p_type`.
#[repr(C)]
pub union PropertyValue {
    /// Number, boolean (0 or 1), date (ms).
    pub(in crate::abi) p_number: ManuallyDrop<Cell<f64>>,
    /// String, XML document; the bytes are borrowed from the decoded buffer.
    pub(in crate::abi) p_aval: ManuallyDrop<AVal>,
    /// Object, ECMA array, strict array; owned.
    pub(in crate::abi) p_object: ManuallyDrop<AMFObject>,
}

/// The traits of an AMF3 class. All zero is a class without members.
#[repr(C)]
pub struct AMF3ClassDef {
    /// Class name, borrowed.
    pub cd_name: AVal,
    /// Not 0: the class encodes itself.
    pub cd_externalizable: Cell<c_char>,
    /// Not 0: members may follow by name.
    pub cd_dynamic: Cell<c_char>,
    /// Members in use.
    pub(in crate::abi) cd_num: Cell<c_int>,
    /// Member names, a block of the C allocator.
    pub(in crate::abi) cd_props: Cell<*mut AVal>,
}

/// Blocks grow by so many elements.
const STEP: usize = 16;

impl AMFObject {
    /// No properties.
    pub const fn empty() -> Self {
        Self {
            o_num: Cell::new(0),
            o_props: Cell::new(ptr::null_mut()),
        }
    }

    /// The properties in use.
    pub fn properties(&self) -> &[AMFObjectProperty] {
        let (start, count) = (
            self.o_props.get(),
            usize::try_from(self.o_num.get()).unwrap_or(0),
        );
        if start.is_null() || count == 0 {
            return &[];
        }
        // SAFETY: `o_props` holds `o_num` properties by the type's contract with C.
        unsafe { slice::from_raw_parts(start, count) }
    }

    /// What C stored as the number of properties.
    pub fn raw_len(&self) -> c_int {
        self.o_num.get()
    }

    /// Appends a shallow copy of `property`: a nested object moves here. False (and unchanged) without memory. The properties
    /// may move: the caller refers to none of them, and nothing but this rule says so.
    pub fn push(&self, property: &AMFObjectProperty) -> bool {
        // It may be one of this object's own, which move when the block grows.
        let copy = property.clone();
        let mut growing = Growing::on(self);
        let Some(place) = growing.vacant() else {
            return false;
        };
        place.set(&copy);
        growing.occupy();
        true
    }

    /// Releases all properties and what they own; the object is empty afterwards (`AMF_Reset`).
    ///
    /// # Safety
    /// Nothing refers to its properties, nor do other objects own what they own.
    pub unsafe fn reset(&self) {
        for object in self
            .properties()
            .iter()
            .filter_map(AMFObjectProperty::object)
        {
            // SAFETY: the caller's promise: it is owned by this one.
            unsafe { object.reset() };
        }
        // SAFETY: the block is NULL or from the C allocator (spec 01 §5), and the object forgets it here.
        unsafe { heap::release(self.o_props.replace(ptr::null_mut())) };
        self.o_num.set(0);
    }

    /// Takes over the properties of `other`; what was here is not released.
    pub fn set(&self, other: &Self) {
        self.o_num.set(other.o_num.get());
        self.o_props.set(other.o_props.get());
    }
}

/// An object to which properties are added. The block may have more room meanwhile than the type's contract asks for.
pub struct Growing<'a> {
    object: &'a AMFObject,
    /// Elements that the block has room for.
    room: usize,
}

impl<'a> Growing<'a> {
    /// `object` as it is. Nothing else reaches it meanwhile: what changed it would move what is being filled.
    pub fn new(object: &'a mut OwnedObject) -> Self {
        Self::on(&object.0)
    }

    fn on(object: &'a AMFObject) -> Self {
        let used = usize::try_from(object.o_num.get()).unwrap_or(0);
        let room = match object.o_props.get().is_null() {
            true => 0,
            false => used.next_multiple_of(STEP),
        };
        Self { object, room }
    }

    /// The place of the next property, which holds nothing; it counts from [`Self::occupy`] on. A block without room
    /// doubles: to move a large one costs as much as to fill it. `None` without memory.
    pub fn vacant(&mut self) -> Option<&AMFObjectProperty> {
        let used = self.count();
        if used >= self.room {
            let room = used.max(self.room).checked_mul(2)?.max(STEP);
            let block = self.object.o_props.get();
            // SAFETY: `o_props` is NULL or a C block, by the type's contract; it is replaced at once.
            let grown = unsafe { heap::resized(block, room) }?;
            self.object.o_props.set(grown.as_ptr());
            self.room = room;
        }
        let place = self.object.o_props.get().wrapping_add(used);
        let nothing = const { AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID) };
        // SAFETY: the block has room for index `used`; C may not have initialised it, so it is written whole.
        unsafe { place.write(nothing) };
        // SAFETY: just written.
        unsafe { place.as_ref() }
    }

    /// Counts the property that was put into the vacant place.
    pub fn occupy(&self) {
        let count = &self.object.o_num;
        count.set(count.get().saturating_add(1));
    }

    /// Properties so far.
    pub fn count(&self) -> usize {
        usize::try_from(self.object.o_num.get()).unwrap_or(0)
    }
}

impl Default for AMFObject {
    fn default() -> Self {
        Self::empty()
    }
}

/// An object that is released when it goes out of scope.
#[derive(Default)]
pub struct OwnedObject(AMFObject);

impl OwnedObject {
    /// Hands the properties over: the place where they are stored releases them.
    pub fn release(self) -> AMFObject {
        let properties = self.0.clone();
        self.0.set(&AMFObject::empty());
        properties
    }
}

impl core::ops::Deref for OwnedObject {
    type Target = AMFObject;

    fn deref(&self) -> &AMFObject {
        &self.0
    }
}

impl Drop for OwnedObject {
    fn drop(&mut self) {
        // SAFETY: what is borrowed from it is gone by now; what is moved out of it, `release` makes it forget.
        unsafe { self.0.reset() };
    }
}

impl AMF3ClassDef {
    /// What a look-up gives that finds nothing: an empty value in read-only memory, the same address each time.
    pub fn no_member() -> &'static AVal {
        &AMFObjectProperty::not_found().p_name
    }

    /// Appends a member name. False (and unchanged) without memory.
    pub fn push(&self, name: &AVal) -> bool {
        // SAFETY: `cd_props` is NULL or a C block with room for `cd_num` rounded up to `STEP`.
        let grown = unsafe { room_for_one(self.cd_props.get(), self.cd_num.get()) };
        let Some((block, count)) = grown else {
            return false;
        };
        self.cd_props.set(block);
        // SAFETY: as in `AMFObject::push`.
        unsafe { block.wrapping_add(count).write(name.clone()) };
        self.cd_num.set(self.cd_num.get().saturating_add(1));
        true
    }

    /// The member names.
    pub fn members(&self) -> &[AVal] {
        let (start, count) = (
            self.cd_props.get(),
            usize::try_from(self.cd_num.get()).unwrap_or(0),
        );
        if start.is_null() || count == 0 {
            return &[];
        }
        // SAFETY: `cd_props` holds `cd_num` names by the type's contract with C.
        unsafe { slice::from_raw_parts(start, count) }
    }
}

/// Grows a C array of `used` elements for one more: the block, and the index of the new element.
///
/// # Safety
/// `block` is NULL or a block of the C allocator with room for `used` elements rounded up to `STEP`; it is not used any
/// more after a success.
pub(in crate::abi) unsafe fn room_for_one<T>(
    block: *mut T,
    used: c_int,
) -> Option<(*mut T, usize)> {
    let used = usize::try_from(used).ok()?;
    if used.is_multiple_of(STEP) || block.is_null() {
        // SAFETY: the caller's contract.
        let grown = unsafe { heap::resized(block, used.checked_add(STEP)?) }?;
        return Some((grown.as_ptr(), used));
    }
    Some((block, used))
}
