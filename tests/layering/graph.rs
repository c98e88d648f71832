//! Circles in a graph.

use std::collections::{BTreeMap, BTreeSet};

/// The circles of a graph, each as its nodes: two nodes are in one when each can be reached from the other.
pub(crate) fn circles<'a>(
    arrows: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<BTreeSet<&'a str>> {
    let mut ahead: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in arrows {
        ahead.entry(from).or_default().insert(to);
    }
    let reached: BTreeMap<_, _> = ahead
        .keys()
        .map(|&node| (node, behind(node, &ahead)))
        .collect();
    let mut found: Vec<BTreeSet<&str>> = Vec::new();
    for (&node, far) in &reached {
        let known = found.iter().any(|circle| circle.contains(node));
        if far.contains(node) && !known {
            let back = |other: &&&str| reached.get(**other).is_some_and(|far| far.contains(node));
            found.push(far.iter().filter(back).copied().collect());
        }
    }
    found
}

/// What can be reached from `start` in one step or more.
fn behind<'a>(start: &str, ahead: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for &next in ahead.get(node).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}
