//! Messages for a developer's probe: `defmt` if the feature is on, else nothing.

/// `log!(level, "text {}", arguments)`; levels are the names of `defmt`'s macros.
macro_rules! log {
    ($level:ident, $text:literal $(, $argument:expr)* $(,)?) => {{
        #[cfg(feature = "defmt")]
        defmt::$level!($text $(, $argument)*);
        #[cfg(not(feature = "defmt"))]
        {
            $(let _ = &$argument;)*
        }
    }};
}
