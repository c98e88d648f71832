//! Another library in Rust with an interface for C. It uses the standard library, and relies on panics being caught.

use std::collections::HashMap;
use std::panic;
use std::sync::mpsc;
use std::thread;

/// How many of three panics were caught.
#[unsafe(no_mangle)]
pub extern "C" fn other_catches(count: u32) -> u32 {
    panic::set_hook(Box::new(|_| {}));
    let numbers: HashMap<u32, String> = (0..count)
        .map(|number| (number, number.to_string()))
        .collect();
    let lookup = panic::catch_unwind(|| numbers[&count].len());
    let text = panic::catch_unwind(|| "text".parse::<u32>().unwrap());
    let (sender, receiver) = mpsc::channel::<String>();
    let in_thread = thread::spawn(move || receiver.recv().unwrap());
    drop(sender);
    u32::from(lookup.is_err()) + u32::from(text.is_err()) + u32::from(in_thread.join().is_err())
}
