//! Messages for a developer's probe: `defmt` if the feature is on, else nothing.

/// `log!(level, "text {}", arguments)`; levels are the names of `defmt`'s macros.
#[cfg_attr(
    not(any(feature = "esp32", feature = "esp8266")),
    allow(unused_macros, reason = "the drivers use it")
)]
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
