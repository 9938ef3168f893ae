//! The runtime beside a hand-written floor and beside other people's runtimes: processor time of the server per message,
//! and messages per second.
//!
//! In: nothing, or names of subjects and transports to keep to, and `--rounds N`. Out: tables, and whether what is wanted
//! holds. `serve SUBJECT TRANSPORT` is how it starts its servers.

mod floor;
mod load;
mod measure;
mod ours;
#[cfg(feature = "peers")]
mod peers;
mod report;
mod serve;
mod shapes;
mod typed;
mod wire;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use load::Load;
use report::{Figure, Report};
use serve::{Server, Subject, Way};

const LOADS: [Load; 8] = [
    Load::Small(1),
    Load::Small(16),
    Load::Small(256),
    Load::Medium(1),
    Load::Medium(16),
    Load::Medium(256),
    Load::Out,
    Load::In,
];

/// How long one measurement takes, about.
const SPAN: Duration = Duration::from_millis(60);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, subject, way] = &arguments[..]
        && command == "serve"
    {
        let subject = Subject::ALL.into_iter().find(|each| each.name() == subject);
        let way = Way::ALL.into_iter().find(|each| each.name() == way);
        return serve::serve(
            subject.context("no such subject")?,
            way.context("no such transport")?,
        );
    }
    let choice = Choice::read(&arguments)?;
    let mut report = Report::default();
    for way in choice.ways {
        let subjects = choice
            .subjects
            .iter()
            .copied()
            .filter(|subject| subject.goes(way));
        let mut cells = Vec::new();
        for subject in subjects {
            cells.push(
                prepare(subject, way).with_context(|| format!("{} over {}", subject.name(), way.name()))?,
            );
        }
        for round in 0..choice.rounds {
            for (at, load) in LOADS.into_iter().enumerate() {
                for (subject, server, counts) in &mut cells {
                    let Some(count) = counts[at] else { continue };
                    let figure = measure(server, load, count)
                        .with_context(|| format!("{} over {}, {load:?}", subject.name(), way.name()))?;
                    report.add(way, load, *subject, figure);
                }
            }
            eprintln!("{}: round {} of {}", way.name(), round + 1, choice.rounds);
        }
    }
    print!("{report}");
    Ok(())
}

/// What is to be measured.
struct Choice {
    subjects: Vec<Subject>,
    ways: Vec<Way>,
    rounds: u32,
}

impl Choice {
    fn read(arguments: &[String]) -> Result<Self> {
        let (mut subjects, mut ways, mut rounds) = (Vec::new(), Vec::new(), 9);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let subject = Subject::ALL.into_iter().find(|each| each.name() == argument);
            let way = Way::ALL.into_iter().find(|each| each.name() == argument);
            match (subject, way, argument.as_str()) {
                (Some(subject), _, _) => subjects.push(subject),
                (_, Some(way), _) => ways.push(way),
                (_, _, "--rounds") => rounds = arguments.next().context("how many rounds?")?.parse()?,
                _ => bail!("`{argument}` is neither a subject nor a transport"),
            }
        }
        if subjects.is_empty() {
            subjects = Subject::ALL.to_vec();
        }
        if ways.is_empty() {
            ways = Way::ALL.to_vec();
        }
        Ok(Self {
            subjects,
            ways,
            rounds,
        })
    }
}

/// A server, and how many messages of each load fill the span; none of what it does not take. Warms it up on the way.
type Cell = (Subject, Server, Vec<Option<u32>>);

fn prepare(subject: Subject, way: Way) -> Result<Cell> {
    let mut server = Server::start(subject, way)?;
    let mut counts = Vec::new();
    for load in LOADS {
        if load == Load::In && !subject.takes_notifications() {
            counts.push(None);
            continue;
        }
        let mut count = 512;
        loop {
            let began = Instant::now();
            let done = server
                .client
                .run(load, count)
                .with_context(|| format!("{load:?}"))?;
            let took = began.elapsed();
            if took > SPAN / 3 || count > 1 << 20 {
                let fitting = f64::from(done) * SPAN.as_secs_f64() / took.as_secs_f64();
                counts.push(Some((fitting as u32).max(64)));
                break;
            }
            count = done * 2;
        }
    }
    Ok((subject, server, counts))
}

fn measure(server: &mut Server, load: Load, count: u32) -> Result<Figure> {
    let (began, used) = (Instant::now(), server.clock.now()?);
    let done = server.client.run(load, count)?;
    let (took, used) = (began.elapsed(), server.clock.now()? - used);
    Ok(Figure {
        cpu: used.as_secs_f64() / f64::from(done),
        wall: took.as_secs_f64() / f64::from(done),
    })
}
