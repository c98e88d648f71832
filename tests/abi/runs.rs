//! The suites in `capi-tests` do not run on another library than the one that is to be tested.

use std::process::Command;

use crate::cc::repository;

#[test]
fn without_the_library_nothing_runs() {
    for suite in ["bench", "hostile", "programs", "stress"] {
        let run = repository().join("capi-tests").join(suite).join("run");
        let ended = Command::new(run)
            .args(["--library", "/nowhere/librtmp.so"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{suite}: {said}");
        let reason = ": there is no library /nowhere/librtmp.so";
        assert!(said.trim_end().ends_with(reason), "{suite}: {said}");
    }
}
