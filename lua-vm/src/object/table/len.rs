//! The length operator without metamethods.

use super::node::Cursor;
use super::{NO_NODES, Table, TablePtr};
use crate::number::{LuaInt, NumberModel};
use crate::value::tag;

impl<N: NumberModel> Table<N> {
    /// A border: `t[n] ~= nil and t[n + 1] == nil`, or 0 if `t[1] == nil`.
    ///
    /// # Safety
    /// (T)
    #[inline]
    pub unsafe fn len(t: TablePtr<N>) -> N::Int {
        // SAFETY: (T), (A): indices stay below the capacity.
        unsafe {
            let cap = (*t).array_cap as usize;
            if cap > 0 && *(*t).array.add(cap - 1) as u32 == tag::NIL {
                let hint = (*t).border as usize;
                if hint < cap && *(*t).array.add(hint) as u32 == tag::NIL {
                    if hint == 0 || *(*t).array.add(hint - 1) as u32 != tag::NIL {
                        return N::Int::wrap(hint as i64);
                    }
                } else if hint + 1 < cap && *(*t).array.add(hint + 1) as u32 == tag::NIL {
                    (*t).border = (hint + 1) as Cursor;
                    return N::Int::wrap(hint as i64 + 1);
                }
                return N::Int::wrap(Self::array_border(t) as i64);
            }
            if Self::header(t) & NO_NODES != 0 {
                return N::Int::wrap(cap as i64);
            }
            Self::node_border(t)
        }
    }

    /// A border inside the array part, whose last element is nil.
    #[inline(never)]
    unsafe fn array_border(t: TablePtr<N>) -> usize {
        // SAFETY: (A): indices stay below the capacity.
        unsafe {
            let is_nil = |index: usize| *(*t).array.add(index) as u32 == tag::NIL;
            // Element `low` is not nil (or is 0), element `high` is.
            let (mut low, mut high) = (0, (*t).array_cap as usize);
            let hint = (*t).border as usize;
            if hint < high {
                if !is_nil(hint) {
                    low = hint + 1;
                } else if hint > 0 {
                    // Here element `hint` is nil as well: the table lost its last elements.
                    high = hint;
                    if hint > 1 && !is_nil(hint - 2) {
                        low = hint - 1;
                    }
                }
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if is_nil(middle - 1) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            (*t).border = Cursor::try_from(low).unwrap_or(0);
            low
        }
    }

    /// A border at or above the array part's capacity.
    #[inline(never)]
    unsafe fn node_border(t: TablePtr<N>) -> N::Int {
        // SAFETY: (T)
        unsafe {
            let mut low = N::Int::wrap((*t).array_cap as i64);
            let mut high = low.add(N::Int::ONE);
            while !Self::get_int(t, high).is_nil() {
                low = high;
                if high > N::Int::MAX.shift_right(N::Int::ONE) {
                    // Someone made a table with keys near the largest integer: walk.
                    let mut i = N::Int::ONE;
                    while i < N::Int::MAX && !Self::get_int(t, i).is_nil() {
                        i = i.add(N::Int::ONE);
                    }
                    return i.sub(N::Int::ONE);
                }
                high = high.add(high);
            }
            while high.sub(low) > N::Int::ONE {
                let middle = low.add(high.sub(low).shift_right(N::Int::ONE));
                if Self::get_int(t, middle).is_nil() {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            low
        }
    }
}
