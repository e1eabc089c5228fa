//! The numeric `for` loop (manual section 3.3.5): its index, limit or count, and step in three registers, and the
//! variable of the body in a fourth.

use crate::frame::Throw;
use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::state::State;
use crate::value::{Val, tag};

/// Prepares the numeric loop at `ra` (manual section 3.3.5). True if the body is not to run at all.
///
/// # Safety
/// `ra` must be the first of four registers.
#[inline(never)]
pub(super) unsafe fn prepare<N: NumberModel>(
    state: &mut State<N>,
    ra: *mut Val<N>,
) -> Result<bool, Throw> {
    // SAFETY: caller.
    unsafe {
        let (init, limit, step) = (*ra, *ra.add(1), *ra.add(2));
        if init.is_int() && step.is_int() {
            let (init, step) = (init.as_int(), step.as_int());
            let forwards = step >= N::Int::ZERO;
            let limit = match integer_limit(state, &limit, step)? {
                Some(limit) => limit,
                None => return Ok(true),
            };
            let skip = if step > N::Int::ZERO {
                init > limit
            } else {
                limit > init
            };
            if skip {
                return Ok(true);
            }
            let distance = if forwards {
                limit.widen().wrapping_sub(init.widen()) as u64
            } else {
                init.widen().wrapping_sub(limit.widen()) as u64
            };
            // A step of zero loops for ever.
            let count = match step.widen().unsigned_abs() {
                0 => u64::MAX,
                stride => distance / stride,
            };
            let last = init
                .widen()
                .wrapping_add((count as i64).wrapping_mul(step.widen()));
            let last = N::Int::wrap(last);
            let next = last.add(step);
            let wraps = if forwards { next < last } else { next > last };
            if wraps {
                // As in the reference implementation the index is compared with the limit again; see `step`.
                *ra.add(1) = Val::int(limit);
                (*ra.add(2)).tag = tag::LIGHT;
            } else {
                *ra.add(1) = Val::int(N::Int::wrap(count as i64));
            }
            *ra.add(3) = Val::int(init);
            return Ok(false);
        }
        let limit = number(state, &limit, "limit")?;
        let step = number(state, &step, "step")?;
        // The reference implementation enters a loop by stepping back and forth, which rounds.
        let init = number(state, &init, "initial")?.sub(step).add(step);
        let runs = if step > N::Float::ZERO {
            init <= limit
        } else {
            limit <= init
        };
        if !runs {
            return Ok(true);
        }
        *ra = Val::float(init);
        *ra.add(1) = Val::float(limit);
        *ra.add(2) = Val::float(step);
        *ra.add(3) = Val::float(init);
        Ok(false)
    }
}

/// The limit of an integer loop: a float is clipped to the integers on the loop's side. `None`: no iteration.
unsafe fn integer_limit<N: NumberModel>(
    state: &mut State<N>,
    limit: &Val<N>,
    step: N::Int,
) -> Result<Option<N::Int>, Throw> {
    if limit.is_int() {
        return Ok(Some(limit.as_int()));
    }
    // SAFETY: registers hold live values.
    let float = unsafe { number(state, limit, "limit") }?;
    let rounded = if step < N::Int::ZERO {
        float.ceil()
    } else {
        float.floor()
    };
    if let Some(int) = N::float_to_int(rounded) {
        return Ok(Some(int));
    }
    // Not a number counts as below all, as in the reference implementation.
    Ok(match (float > N::Float::ZERO, step < N::Int::ZERO) {
        (true, false) => Some(N::Int::MAX),
        (false, true) => Some(N::Int::MIN),
        _ => None,
    })
}

unsafe fn number<N: NumberModel>(
    state: &mut State<N>,
    value: &Val<N>,
    what: &str,
) -> Result<N::Float, Throw> {
    // SAFETY: registers hold live values.
    match unsafe { crate::convert::to_float(value) } {
        Some(float) => Ok(float),
        None => {
            let what = if what == "initial" {
                "initial value"
            } else {
                what
            };
            Err(state.runtime_error(format_args!("'for' {what} must be a number")))
        }
    }
}

/// Takes the next step of the prepared loop at `ra`. True if the body is to run again.
///
/// # Safety
/// `ra` must be the first of four registers that [`prepare`] has filled.
#[inline(always)]
pub(super) unsafe fn step<N: NumberModel>(ra: *mut Val<N>) -> bool {
    // SAFETY: caller. Other code may have put anything there; a payload is a number of either kind.
    unsafe {
        let step = *ra.add(2);
        if step.tag == tag::INT {
            let count = (*ra.add(1)).as_int();
            if count.bits() == 0 {
                return false;
            }
            let index = (*ra).as_int().add(step.as_int());
            *ra.add(1) = Val::int(count.sub(N::Int::ONE));
            *ra = Val::int(index);
            *ra.add(3) = Val::int(index);
            return true;
        }
        if step.tag == tag::LIGHT {
            return wrapping_step(ra);
        }
        let index = (*ra).as_float().add(step.as_float());
        let limit = (*ra.add(1)).as_float();
        let on = if step.as_float() > N::Float::ZERO {
            index <= limit
        } else {
            limit <= index
        };
        if on {
            *ra = Val::float(index);
            *ra.add(3) = Val::float(index);
        }
        on
    }
}

/// A step of a loop whose index may overflow: it goes on as long as the index has not left the limit behind. The step
/// is marked by a tag that no number has.
///
/// # Safety
/// As for [`step`].
#[cold]
unsafe fn wrapping_step<N: NumberModel>(ra: *mut Val<N>) -> bool {
    // SAFETY: caller.
    unsafe {
        let (limit, step) = ((*ra.add(1)).as_int(), (*ra.add(2)).as_int());
        let index = (*ra).as_int().add(step);
        let on = if step > N::Int::ZERO {
            index <= limit
        } else {
            limit <= index
        };
        if on {
            *ra = Val::int(index);
            *ra.add(3) = Val::int(index);
        }
        on
    }
}
