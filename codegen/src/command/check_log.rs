//! `check-log FILE`: a recording of what went over the wire, held to the protocol.
//!
//! In: a recording, and the protocol from its interface files or from a model. Out: a line for each violation, a line for what
//! there was, and an exit code.

use std::fs::{self, File};
use std::io::{BufReader, Write as _};

use serde::Serialize;

use crate::ir::{self, Protocol};
use crate::recording::{self, Finding, Side, Summary};
use crate::render::{self, Format};

use super::say::{say, say_line};
use super::{Outcome, Project, Settings, check};

/// What is to be checked.
pub(super) struct Log<'a> {
    /// The recording.
    pub(super) file: &'a str,
    /// The model, where it is not that of the interface files.
    pub(super) model: Option<&'a str>,
    /// Whose violations make the task fail; both sides' where none is named.
    pub(super) by: Option<Side>,
}

/// Prints what `log` breaks.
pub(super) fn check_log(project: &Project, settings: &Settings, log: &Log<'_>) -> Outcome {
    hold(project, settings, log).unwrap_or_else(|outcome| outcome)
}

fn hold(project: &Project, settings: &Settings, log: &Log<'_>) -> Result<Outcome, Outcome> {
    let protocol = match log.model {
        Some(file) => model(file)?,
        None => check::compile(&check::load(project)?, settings)?.protocol,
    };
    let cannot = |error: &std::io::Error| {
        eprintln!("error: cannot read `{}`: {error}", log.file);
        Outcome::Environment
    };
    let file = File::open(log.file).map_err(|error| cannot(&error))?;
    // Violations may be many: they are not written one by one.
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut print = |finding: &Finding| {
        // Whoever no longer reads has seen enough.
        let _ = out.write_all(shown(finding, log.file, settings.format).as_bytes());
    };
    let summary = recording::check(&protocol, BufReader::with_capacity(1 << 18, file), &mut print);
    let _ = out.flush();
    drop(out);
    let summary = summary.map_err(|error| cannot(&error))?;
    match settings.format {
        Format::Json => say_line!(
            "{}",
            as_json(&Totals {
                file: log.file,
                summary: &summary
            })
        ),
        _ if settings.quiet => {}
        _ => say!("{}", totals(log.file, &summary)),
    }
    let wrong = summary.in_file
        + match log.by {
            Some(Side::Client) => summary.by_client,
            Some(Side::Server) => summary.by_server,
            None => summary.by_client + summary.by_server,
        };
    Ok(match wrong {
        0 => Outcome::Done,
        _ => Outcome::AuthorMustDecide,
    })
}

fn model(file: &str) -> Result<Protocol, Outcome> {
    let text = fs::read(file).map_err(|error| {
        eprintln!("error: cannot read `{file}`: {error}");
        Outcome::Environment
    })?;
    ir::read(&text).map_err(|error| {
        eprintln!("error: cannot check against `{file}`: {error}");
        eprintln!("help: name a `protocol.json`, as `gen` writes it");
        Outcome::Environment
    })
}

/// A finding, as a line.
fn shown(finding: &Finding, file: &str, format: Format) -> String {
    let by = finding.by.map_or("file", Side::as_str);
    match format {
        Format::Human => {
            let mut line = format!("{file}:{}: {}: ", finding.line, finding.rule.name());
            if finding.note {
                line.push_str("note: ");
            }
            line.push_str(&format!("{by}: {}", finding.text));
            if let Some(see) = finding.see {
                line.push_str(&format!(" (line {see})"));
            }
            if let Some(help) = finding.help {
                line.push_str(&format!("; help: {help}"));
            }
            line.push('\n');
            line
        }
        Format::Json => {
            let line = Printed {
                file,
                line: finding.line,
                rule: finding.rule.name(),
                severity: if finding.note { "note" } else { "error" },
                by,
                message: &finding.text,
                see: finding.see,
                help: finding.help,
            };
            format!("{}\n", as_json(&line))
        }
        Format::Github => {
            let level = if finding.note { "notice" } else { "error" };
            let properties = [
                ("file", file.to_owned()),
                ("line", finding.line.to_string()),
                ("title", finding.rule.name().to_owned()),
            ];
            render::annotation(level, &properties, &format!("{by}: {}", finding.text))
        }
    }
}

/// A finding, for tools.
#[derive(Serialize)]
struct Printed<'a> {
    file: &'a str,
    line: usize,
    rule: &'a str,
    severity: &'a str,
    by: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    see: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// What there was, for tools.
#[derive(Serialize)]
struct Totals<'a> {
    file: &'a str,
    #[serde(flatten)]
    summary: &'a Summary,
}

fn totals(file: &str, summary: &Summary) -> String {
    let some = |count: u64, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let mut line = format!(
        "{file}: {}, {}, {}: {} of the server, {} of the client",
        some(summary.messages, "message"),
        some(summary.connections, "connection"),
        some(summary.requests, "request"),
        some(summary.by_server, "violation"),
        summary.by_client,
    );
    if summary.in_file > 0 {
        line.push_str(&format!(", {} of the file", some(summary.in_file, "fault")));
    }
    if summary.missing > 0 {
        line.push_str(&format!("; {} missing", some(summary.missing, "line")));
    }
    line.push('\n');
    line
}

/// Strings and numbers under string keys always become JSON.
fn as_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
