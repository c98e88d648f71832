//! The variadic functions (`jump`) for machines that Rust has no assembler for: 32 words behind the format are passed on,
//! whatever they are.
//!
//! That is right where a variadic function finds all its arguments in one row of words, as on POWER, MIPS and SPARC. Where numbers
//! with a fraction have registers of their own, `%f` prints another number.

use core::ffi::{c_char, c_int};

unsafe extern "C-unwind" {
    fn librtmp_rs_log(level: c_int, format: *const c_char, ...);
    fn librtmp_rs_log_printf(format: *const c_char, ...);
    fn librtmp_rs_log_status(format: *const c_char, ...);
}

macro_rules! passed_on {
    ($($name:ident($($argument:ident: $kind:ty),*) => $target:ident;)*) => {
        $(passed_on!(
            $name($($argument: $kind),*) => $target;
            a b c d e f g h i j k l m n o p q r s t u v w x y z aa bb cc dd ee ff
        );)*
    };
    ($name:ident($($argument:ident: $kind:ty),*) => $target:ident; $($word:ident)*) => {
        /// As C knows it, for a number of words.
        ///
        /// # Safety
        /// `format` is NULL or a printf format that fits the arguments.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name($($argument: $kind,)* $($word: usize,)*) {
            // SAFETY: the caller's contract; words that the caller has not passed are there, and the format asks for none of them.
            unsafe { $target($($argument,)* $($word,)*) };
        }
    };
}

passed_on! {
    RTMP_LogPrintf(format: *const c_char) => librtmp_rs_log_printf;
    RTMP_LogStatus(format: *const c_char) => librtmp_rs_log_status;
    RTMP_Log(level: c_int, format: *const c_char) => librtmp_rs_log;
}
