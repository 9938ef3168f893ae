//! What was measured, as tables.
//!
//! In: figures by round. Out: medians, ratios to the floor within a round, and where what is wanted does not hold.

use std::fmt;

use crate::load::Load;
use crate::serve::{Subject, Way};

/// One measurement, in seconds a message.
#[derive(Clone, Copy)]
pub struct Figure {
    /// Processor time of the server.
    pub cpu: f64,
    /// Time that passed.
    pub wall: f64,
}

/// All measurements, in the order in which they were made.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

struct Row {
    way: Way,
    load: Load,
    columns: Vec<(Subject, Vec<Figure>)>,
}

impl Report {
    /// Adds what was measured in a round.
    pub fn add(&mut self, way: Way, load: Load, subject: Subject, figure: Figure) {
        let row = self
            .rows
            .iter()
            .position(|row| row.way == way && row.load == load);
        let row = row.unwrap_or_else(|| {
            self.rows.push(Row {
                way,
                load,
                columns: Vec::new(),
            });
            self.rows.len() - 1
        });
        let columns = &mut self.rows[row].columns;
        match columns.iter_mut().find(|(each, _)| *each == subject) {
            Some((_, figures)) => figures.push(figure),
            None => columns.push((subject, vec![figure])),
        }
    }
}

impl Row {
    fn figures(&self, subject: Subject) -> Option<&[Figure]> {
        let column = self.columns.iter().find(|(each, _)| *each == subject)?;
        Some(&column.1)
    }

    /// Processor time beside the floor's, the median of all rounds.
    fn ratio(&self, subject: Subject) -> Option<f64> {
        let (figures, floor) = (self.figures(subject)?, self.figures(Subject::Floor)?);
        Some(median(
            figures
                .iter()
                .zip(floor)
                .map(|(figure, floor)| figure.cpu / floor.cpu),
        ))
    }

    fn label(&self) -> String {
        match self.load {
            Load::Small(depth) => format!("300 B, depth {depth}"),
            Load::Medium(depth) => format!("8 KiB, depth {depth}"),
            Load::Out => "notifications out".to_owned(),
            Load::In => "notifications in".to_owned(),
        }
    }

    /// What does not hold of what is wanted.
    fn misses(&self) -> Vec<String> {
        let mut misses = Vec::new();
        let Some(ours) = self.ratio(Subject::Ours) else {
            return misses;
        };
        let bound = if matches!(self.load, Load::Medium(_)) {
            1.0
        } else {
            1.1
        };
        if ours > bound {
            misses.push(format!("{ours:.2} times the floor, not {bound:.1}"));
        }
        for (subject, _) in &self.columns {
            if !matches!(subject, Subject::Floor | Subject::Ours | Subject::OursTyped)
                && self.ratio(*subject).is_some_and(|peer| peer <= ours)
            {
                misses.push(format!("behind {}", subject.name()));
            }
        }
        misses
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for way in Way::ALL {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.way == way).collect();
            let Some(first) = rows.first() else { continue };
            let subjects: Vec<Subject> = first.columns.iter().map(|(subject, _)| *subject).collect();
            let head = |f: &mut fmt::Formatter<'_>, title: &str| {
                writeln!(f, "\n{title}\n")?;
                write!(f, "| {} |", way.name())?;
                subjects
                    .iter()
                    .try_for_each(|subject| write!(f, " {} |", subject.name()))?;
                writeln!(f, "\n|---|{}", "---|".repeat(subjects.len()))
            };
            head(
                f,
                "Processor time of the server, microseconds a message (times the floor's)",
            )?;
            for row in &rows {
                write!(f, "| {} |", row.label())?;
                for subject in &subjects {
                    match row.figures(*subject) {
                        None => write!(f, " |")?,
                        Some(figures) => {
                            write!(f, " {:.2}", 1e6 * median(figures.iter().map(|figure| figure.cpu)))?;
                            match row.ratio(*subject) {
                                Some(ratio) if *subject != Subject::Floor => write!(f, " ({ratio:.2}) |")?,
                                _ => write!(f, " |")?,
                            }
                        }
                    }
                }
                writeln!(f)?;
            }
            head(f, "Thousand messages a second")?;
            for row in &rows {
                write!(f, "| {} |", row.label())?;
                for subject in &subjects {
                    match row.figures(*subject) {
                        None => write!(f, " |")?,
                        Some(figures) => write!(
                            f,
                            " {:.1} |",
                            1e-3 / median(figures.iter().map(|figure| figure.wall))
                        )?,
                    }
                }
                writeln!(f)?;
            }
        }
        writeln!(f)?;
        for row in &self.rows {
            for miss in row.misses() {
                writeln!(f, "ours misses: {}, {}: {miss}", row.way.name(), row.label())?;
            }
        }
        Ok(())
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}
