//! The collector's view of a table, strong or weak (manual section 2.5.2).
//!
//! Wherever an entry is found without value its key, if an object, becomes a dead key. Strings count as values:
//! they are marked, and never removed from weak tables. The layer below a table and the tables it names are
//! the state's roots; only changed entries are looked at here.

use super::layered::LayeredTable;
use super::node::Node;
use super::{LAYERED, Slot, Table, TablePtr, array};
use crate::number::NumberModel;
use crate::value::Val;
use core::ptr::NonNull;
use lua_gc::{Client, Header, Liveness, Tracer};

/// Whether an entry of a weak table goes when this object is dead.
#[inline]
fn is_removable<N: NumberModel>(value: &Val<N>) -> bool {
    value.is_collectable() && !value.is_string()
}

#[inline(always)]
unsafe fn mark<N: NumberModel, C: Client>(value: &Val<N>, tracer: &mut Tracer<'_, C>) {
    if value.is_collectable() {
        // SAFETY: (T): objects of non-nil entries are live; the tag says that it lies in RAM.
        unsafe { tracer.mark(value.as_object()) }
    }
}

impl<N: NumberModel> Table<N> {
    unsafe fn mark_metatable<C: Client>(t: TablePtr<N>, tracer: &mut Tracer<'_, C>) {
        // SAFETY: (T): a metatable is a live table.
        unsafe {
            if let Some(metatable) = NonNull::new((*t).metatable as *mut Header) {
                tracer.mark(metatable);
            }
        }
    }

    /// Calls `f` with the place of every value that a string key or an integer key of the array part leads to,
    /// outside the node part.
    unsafe fn each_plain(t: TablePtr<N>, mut f: impl FnMut(Slot<N>)) {
        // SAFETY: (T), (A)
        unsafe {
            array::each_object((*t).array, (*t).array_cap, &mut f);
            if Self::header(t) & LAYERED != 0 {
                LayeredTable::each_override(t as *mut LayeredTable<N>, f);
            }
        }
    }

    /// Calls `f` with every node that has a value, and buries the keys of the others.
    #[inline(always)]
    unsafe fn each_entry(t: TablePtr<N>, mut f: impl FnMut(*mut Node<N>)) {
        // SAFETY: (T), (N). The shared node has no key, so it is not written.
        unsafe {
            for i in 0..Self::node_count(t) as usize {
                let node = (*t).nodes.add(i);
                if (*node).is_nil() {
                    Node::bury_key(node);
                } else {
                    f(node);
                }
            }
        }
    }

    /// Marks everything a strong table refers to.
    ///
    /// # Safety
    /// (T); called from [`Client::trace`] of the table's heap (so for all functions here).
    pub unsafe fn trace_strong<C: Client>(t: TablePtr<N>, tracer: &mut Tracer<'_, C>) {
        // SAFETY: (T)
        unsafe {
            Self::mark_metatable(t, tracer);
            Self::each_plain(t, |slot| mark(&slot.get(), tracer));
            Self::each_entry(t, |node| {
                mark(&(*node).key(), tracer);
                mark(&(*node).value(), tracer);
            });
        }
    }

    /// Marks what a table with weak values refers to strongly: keys and strings.
    ///
    /// # Safety
    /// As for [`Table::trace_strong`].
    pub unsafe fn trace_weak_values<C: Client>(t: TablePtr<N>, tracer: &mut Tracer<'_, C>) {
        // SAFETY: (T)
        unsafe {
            Self::mark_metatable(t, tracer);
            Self::each_entry(t, |node| mark(&(*node).key(), tracer));
        }
    }

    /// Marks what a table with weak keys refers to: strings, and values whose keys are marked. True if a value
    /// was marked. Also what [`Client::converge`] does.
    ///
    /// # Safety
    /// As for [`Table::trace_strong`].
    pub unsafe fn trace_ephemeron<C: Client>(t: TablePtr<N>, tracer: &mut Tracer<'_, C>) -> bool {
        let mut marked = false;
        // SAFETY: (T)
        unsafe {
            let mut visit = |value: &Val<N>, tracer: &mut Tracer<'_, C>| {
                if value.is_collectable() && tracer.is_white(value.as_object()) {
                    tracer.mark(value.as_object());
                    marked = true;
                }
            };
            Self::mark_metatable(t, tracer);
            Self::each_plain(t, |slot| visit(&slot.get(), tracer));
            Self::each_entry(t, |node| {
                let key = (*node).key();
                if is_removable(&key) && tracer.is_white(key.as_object()) {
                    return;
                }
                mark(&key, tracer);
                visit(&(*node).value(), tracer);
            });
        }
        marked
    }

    /// Marks what a table with weak keys and values refers to strongly: its metatable.
    ///
    /// # Safety
    /// As for [`Table::trace_strong`].
    pub unsafe fn trace_weak_all<C: Client>(t: TablePtr<N>, tracer: &mut Tracer<'_, C>) {
        // SAFETY: (T)
        unsafe {
            Self::mark_metatable(t, tracer);
            Self::each_entry(t, |_| {});
        }
    }

    /// Removes the entries with a dead value.
    ///
    /// # Safety
    /// (T); called from [`Client::clear_values`] of the table's heap.
    pub unsafe fn clear_values(t: TablePtr<N>, live: &Liveness) {
        // SAFETY: (T)
        unsafe {
            Self::each_plain(t, |slot| {
                if is_dead(&slot.get(), live) {
                    slot.set(Val::NIL);
                }
            });
            Self::each_entry(t, |node| {
                if is_dead(&(*node).value(), live) {
                    Node::slot(node).set(Val::NIL);
                    Node::bury_key(node);
                }
            });
        }
    }

    /// Removes the entries with a dead key.
    ///
    /// # Safety
    /// (T); called from [`Client::clear_keys`] of the table's heap.
    pub unsafe fn clear_keys(t: TablePtr<N>, live: &Liveness) {
        // SAFETY: (T)
        unsafe {
            Self::each_entry(t, |node| {
                if is_dead(&(*node).key(), live) {
                    Node::slot(node).set(Val::NIL);
                    Node::bury_key(node);
                }
            });
        }
    }
}

/// Whether a value goes from a weak table; strings are kept alive instead.
unsafe fn is_dead<N: NumberModel>(value: &Val<N>, live: &Liveness) -> bool {
    if !value.is_collectable() {
        return false;
    }
    // SAFETY: (T): objects of entries are not freed before this pass; strings are leaves.
    unsafe {
        if value.is_string() {
            live.keep_leaf(value.as_object());
            return false;
        }
        live.is_dead(value.as_object())
    }
}
