//! Patterns for names: `*` stands for any text, everything else for itself.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// Such as `task-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Box<str>);

impl Pattern {
    /// Refused when it is empty.
    pub fn parse(text: &str) -> Result<Pattern, NoPattern> {
        match text.is_empty() {
            true => Err(NoPattern),
            false => Ok(Pattern(text.into())),
        }
    }

    /// Whether `name` is one of those that are meant.
    pub fn matches(&self, name: &str) -> bool {
        let mut pieces = self.0.split('*');
        let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else {
            return false;
        };
        let Some(last) = pieces.next_back() else {
            return rest.is_empty();
        };
        // What stands in the middle is found as far in front as possible: that leaves most to the rest.
        for piece in pieces {
            match rest.find(piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was given matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPattern;

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(from)?;
        Pattern::parse(&text).map_err(|_| de::Error::custom("a pattern is not empty"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).is_ok_and(|pattern| pattern.matches(name))
    }

    #[test]
    fn a_star_stands_for_any_text_and_everything_else_for_itself() {
        for (pattern, yes, no) in [
            ("task-1", vec!["task-1"], vec!["task-10", "atask-1", ""]),
            ("task-*", vec!["task-", "task-1"], vec!["task", "a-task-1"]),
            ("*-1", vec!["-1", "task-1"], vec!["task-12"]),
            ("a*a", vec!["aa", "aba"], vec!["a", "ab"]),
            ("*", vec!["", "anything"], vec![]),
            ("**", vec!["", "anything"], vec![]),
            ("a*b*c", vec!["abc", "a-b-b-c"], vec!["acb", "ab"]),
            (
                "presence-*-[1]",
                vec!["presence-x-[1]"],
                vec!["presence-x-1"],
            ),
        ] {
            for name in yes {
                assert!(matches(pattern, name), "{pattern} {name}");
            }
            for name in no {
                assert!(!matches(pattern, name), "{pattern} {name}");
            }
        }
        assert_eq!(Pattern::parse(""), Err(NoPattern));
    }

    /// The rule itself, character by character.
    fn slowly(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', more)), rest) => {
                slowly(more, name) || rest.is_some_and(|(_, rest)| slowly(pattern, rest))
            }
            (Some((wanted, more)), Some((found, rest))) => wanted == found && slowly(more, rest),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn it_matches_what_the_rule_says(pattern in "[ab*é]{1,8}", name in "[abé]{0,10}") {
            let (p, n): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
            prop_assert_eq!(matches(&pattern, &name), slowly(&p, &n));
        }
    }
}
