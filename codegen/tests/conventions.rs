//! The table of wire conventions stays complete and true.
//!
//! In: `protocol.idl/conventions.md`. Every convention has its row, and everything that a row is shown by exists.

use std::path::Path;

/// How many conventions the protocol has.
const CONVENTIONS: usize = 81;

struct Row {
    number: usize,
    construct: String,
    shown_by: Vec<String>,
}

#[test]
fn every_convention_has_a_row_that_something_shows() {
    let rows = rows();
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=CONVENTIONS).collect::<Vec<_>>());
    for row in &rows {
        assert!(!row.construct.is_empty(), "row {} names no construct", row.number);
        assert!(!row.shown_by.is_empty(), "nothing shows row {}", row.number);
        for place in &row.shown_by {
            assert!(
                exists(place),
                "row {} is shown by `{place}`, which does not exist",
                row.number
            );
        }
    }
}

fn rows() -> Vec<Row> {
    let path = root().join("protocol.idl/conventions.md");
    let text = std::fs::read_to_string(path).expect("the table is there");
    text.lines().filter_map(row).collect()
}

/// A row begins with its number; headings and rules do not.
fn row(line: &str) -> Option<Row> {
    let line = line.replace("\\|", "\u{0}");
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, number, _, construct, shown_by, _] = cells.as_slice() else {
        return None;
    };
    Some(Row {
        number: number.parse().ok()?,
        construct: (*construct).to_owned(),
        shown_by: shown_by
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect(),
    })
}

/// A fixture by its short name, or a file of the repository.
fn exists(place: &str) -> bool {
    root().join(place).is_file() || root().join("fixtures").join(format!("{place}.json")).is_file()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("codegen stands in the repository")
}
