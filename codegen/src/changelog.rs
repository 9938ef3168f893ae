//! The changelog of a protocol, as far as a program can read it.
//!
//! In: Markdown with a heading for each version, `## 1.2.0` or `## [1.2.0] - 2026-11-20`, and for what is not released yet,
//! `## Unreleased`. Out: the lines of a section, and which of them names something in backticks.

/// A changelog.
pub(crate) struct Changelog<'a> {
    sections: Vec<Section<'a>>,
}

/// What one version brings.
pub(crate) struct Section<'a> {
    /// The heading as it stands there: `## Unreleased`.
    pub(crate) heading: &'a str,
    /// What the heading names: `1.2.0`, `Unreleased`.
    name: &'a str,
    /// Its lines, with their numbers from 1.
    lines: Vec<(usize, &'a str)>,
}

impl<'a> Changelog<'a> {
    pub(crate) fn read(text: &'a str) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        let mut level = usize::MAX;
        let mut in_code = false;
        for (at, line) in text.lines().enumerate() {
            let marks = line.len() - line.trim_start_matches('#').len();
            in_code ^= line.trim_start().starts_with("```");
            match named(line, marks).filter(|_| !in_code) {
                Some(name) => {
                    level = marks;
                    sections.push(Section {
                        heading: line.trim_end(),
                        name,
                        lines: Vec::new(),
                    });
                }
                // A heading of the same level that names no version ends the section.
                None if !in_code && (1..=level).contains(&marks) => level = 0,
                None if level > 0 => {
                    if let Some(section) = sections.last_mut() {
                        section.lines.push((at + 1, line));
                    }
                }
                None => {}
            }
        }
        Self { sections }
    }

    /// The section of a version.
    pub(crate) fn version(&self, version: &str) -> Option<&Section<'a>> {
        self.sections.iter().find(|section| section.name == version)
    }

    /// The section of what is not released yet.
    pub(crate) fn unreleased(&self) -> Option<&Section<'a>> {
        self.sections
            .iter()
            .find(|section| section.name.eq_ignore_ascii_case("unreleased"))
    }
}

impl Section<'_> {
    /// The number of the first line that names `name` in backticks, alone or before a place in it: `` `thread/start` ``,
    /// `` `Thread.name` ``.
    pub(crate) fn line_of(&self, name: &str) -> Option<usize> {
        let says = |line: &str| {
            let spans = line.split('`').skip(1).step_by(2);
            spans.into_iter().any(|span| {
                span.strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '.']))
            })
        };
        self.lines.iter().find(|(_, line)| says(line)).map(|(at, _)| *at)
    }

    /// Whether it says anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.iter().all(|(_, line)| line.trim().is_empty())
    }
}

/// What a heading names, where that is a version or `Unreleased`.
fn named(line: &str, marks: usize) -> Option<&str> {
    let text = line[marks..].strip_prefix(' ').filter(|_| marks > 0)?;
    let word = text.trim_start().split([' ', '\t', ',', ':']).next()?;
    let word = word.trim_start_matches('[');
    let word = word.split(']').next()?;
    let version = word.strip_prefix('v').unwrap_or(word);
    if word.eq_ignore_ascii_case("unreleased") {
        Some(word)
    } else {
        semver::Version::parse(version).is_ok().then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::Changelog;

    const TEXT: &str = "\
# Changelog

Names `before/all`.

## [Unreleased]

* `thread/start`: more.
* Nothing in backticks of thread/read; `thread/started` is another, and `Thread.name` a place.

```
## 9.9.9
```

## v1.1.0 - 2026-11-20

### Added

* `thread/list`

## [1.0.0](https://example.com)

## About versions

* `late/method`
";

    #[test]
    fn sections_are_found_by_what_their_headings_name() {
        let log = Changelog::read(TEXT);
        assert_eq!(
            log.unreleased().map(|section| section.heading),
            Some("## [Unreleased]")
        );
        assert!(log.version("1.1.0").is_some_and(|section| !section.is_empty()));
        assert!(log.version("1.0.0").is_some_and(super::Section::is_empty));
        assert!(log.version("9.9.9").is_none(), "code is no heading");
    }

    #[test]
    fn a_line_names_what_it_has_in_backticks() {
        let log = Changelog::read(TEXT);
        let unreleased = log.unreleased().unwrap();
        assert_eq!(unreleased.line_of("thread/start"), Some(7));
        assert_eq!(unreleased.line_of("thread/read"), None);
        assert_eq!(unreleased.line_of("Thread"), Some(8));
        assert_eq!(
            unreleased.line_of("thread/list"),
            None,
            "it is of another version"
        );
        let released = log.version("1.1.0").unwrap();
        assert_eq!(released.line_of("thread/list"), Some(18));
        assert_eq!(released.line_of("late/method"), None, "it is of no version");
    }
}
