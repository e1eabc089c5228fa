//! Full userdata: a Rust value owned by the collector.

use crate::number::NumberModel;
use crate::object::table::Table;
use crate::value::Val;
use core::any::{Any, TypeId};
use core::mem::size_of;
use lua_gc::Header;

/// How a userdata's Rust value is dropped, and which type it is.
pub struct UserVtable {
    /// The type of the value.
    pub type_id: TypeId,
    /// Bytes of the object from its header on.
    pub size: usize,
    /// Drops the value in place.
    pub drop: unsafe fn(*mut u8),
}

/// A userdata object; the Rust value follows, aligned to [`DATA_ALIGN`].
#[repr(C)]
pub struct UserObject<N: NumberModel> {
    header: Header,
    /// Type and destructor.
    pub vtable: &'static UserVtable,
    /// Metatable, or null.
    pub metatable: *mut Table<N>,
    /// The uservalue (manual section 4.8, `lua_setuservalue`).
    pub uservalue: Val<N>,
}

/// Largest alignment a value kept in a userdata may have.
pub const DATA_ALIGN: usize = size_of::<usize>();

/// Gives the vtable of a type.
pub struct VtableOf<N, T>(core::marker::PhantomData<(N, T)>);

impl<N: NumberModel, T: Any> VtableOf<N, T> {
    const FITS: () = assert!(
        align_of::<T>() <= DATA_ALIGN,
        "userdata values need alignments up to a pointer's"
    );

    /// The vtable.
    pub const VTABLE: &'static UserVtable = &UserVtable {
        type_id: TypeId::of::<T>(),
        size: UserObject::<N>::DATA + size_of::<T>(),
        drop: Self::drop_value,
    };

    unsafe fn drop_value(at: *mut u8) {
        const { Self::FITS };
        // SAFETY: called once by the collector for an object built with this vtable.
        unsafe { (at as *mut T).drop_in_place() }
    }
}

impl<N: NumberModel> UserObject<N> {
    /// Bytes from the object's start to the Rust value.
    pub const DATA: usize = size_of::<Self>().next_multiple_of(DATA_ALIGN);

    /// The Rust value, if it is a `T`.
    ///
    /// # Safety
    /// `user` must be live.
    pub unsafe fn data<T: Any>(user: *mut Self) -> Option<*mut T> {
        // SAFETY: the vtable names the type that was written behind the fixed part.
        unsafe {
            ((*user).vtable.type_id == TypeId::of::<T>())
                .then(|| (user as *mut u8).add(Self::DATA) as *mut T)
        }
    }
}
