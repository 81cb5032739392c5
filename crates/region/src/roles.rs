//! The structure of the group of pictures, with hierarchical B pictures: which pictures of a shot build on which, and
//! in which order they are coded.

/// What a picture is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Role {
    /// Its number in the order of showing.
    pub shown: usize,
    /// How many pictures deep it stands: nothing is lost for long where others build on it.
    pub level: u8,
    /// Whether others build on it.
    pub is_reference: bool,
    /// The pictures that it builds on.
    pub past: Option<usize>,
    pub next: Option<usize>,
}

/// Pictures of one step of a pyramid.
const GROUP: usize = 8;

/// The pictures of a shot in the order of coding, as a pyramid: every eighth builds on the one eight before, the one in
/// the middle on both, and so on with the halves.
pub(crate) fn pyramid(count: usize) -> Vec<Role> {
    let mut roles = Vec::with_capacity(count);
    let mut last = 0;
    if count > 0 {
        roles.push(Role { shown: 0, level: 0, is_reference: true, past: None, next: None });
    }
    while last + 1 < count {
        let next = (last + GROUP).min(count - 1);
        roles.push(Role { shown: next, level: 0, is_reference: true, past: Some(last), next: None });
        between(last, next, 1, &mut roles);
        last = next;
    }
    roles
}

/// The pictures between two.
fn between(past: usize, next: usize, level: u8, roles: &mut Vec<Role>) {
    if next - past < 2 {
        return;
    }
    let shown = (past + next) / 2;
    let is_reference = next - past > 2;
    roles.push(Role { shown, level, is_reference, past: Some(past), next: Some(next) });
    between(past, shown, level + 1, roles);
    between(shown, next, level + 1, roles);
}

/// The order in which the pictures of a shot are coded: for each its number in the order of showing. A shot needs no picture
/// of another one.
pub fn order(count: usize) -> Vec<usize> {
    pyramid(count).iter().map(|role| role.shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_picture_is_coded_once_after_those_that_it_builds_on() {
        for count in 0..20 {
            let roles = pyramid(count);
            let place = |shown: usize| roles.iter().position(|role| role.shown == shown).unwrap();
            for (at, role) in roles.iter().enumerate() {
                assert_eq!(place(role.shown), at);
                for base in role.past.into_iter().chain(role.next) {
                    assert!(place(base) < at && roles[place(base)].is_reference);
                }
                assert!(role.past.is_none_or(|past| past < role.shown));
                assert!(role.next.is_none_or(|next| next > role.shown));
            }
            assert_eq!(roles.len(), count);
        }
    }
}
