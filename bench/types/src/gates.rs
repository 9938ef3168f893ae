//! What gates cost: messages written through the view of a connection beside the same messages written plainly.
//!
//! In: the valid fixtures of definitions that reach a gate, and of some that reach none. Out: ratios, the view over plain
//! writing, with every gate open, with none, and with some; of whole lists, and of a message for each, as a connection writes it.

use std::hint::black_box;
use std::io;

use app_server_protocol as app;
use foundry_protocol::jobs;
use wiregate_runtime::Gates;
use wiregate_runtime::json::{self, Decode, Encode, Writer};

use crate::{REPEATED, fixtures, least};

/// Messages of a protocol of three gates, of which some places stand behind two.
const PLANS: &str = r#"[
    {"job_id": "b5f3c6ea-6a43-4b5c-9f0f-5d9a6a0c7a11", "keep_days": 30},
    {"job_id": "b5f3c6ea-6a43-4b5c-9f0f-5d9a6a0c7a11", "keep_days": null, "revocable": true,
     "placement": {"zones": ["north", "east"], "spill": false, "log_zone": "north"},
     "targets": {"image": {"to": "store", "store": {"url": "https://store.example/a"}, "placement": {"zones": ["west"]}}},
     "steps": [{"output": "logs", "target": {"to": "folder", "path": "/srv/logs"}, "on_failure": "keep"},
               {"output": "image", "target": {"to": "farm"}}]}
]"#;

pub(crate) fn run() -> io::Result<()> {
    println!("\n{:<38} {:^23} {:^23}", "", "lists", "messages");
    let open = "all    none    some";
    println!("{:<38} {open:>23} {open:>23}", "through the view : plain");
    let one = Views::new(&["experimental"], None);
    compare::<app::v2::ThreadStartParams>("ThreadStartParams", &one)?;
    compare::<app::v2::ThreadStartResponse>("ThreadStartResponse", &one)?;
    compare::<app::v2::TurnStartParams>("TurnStartParams", &one)?;
    compare::<app::v2::AskForApproval>("AskForApproval", &one)?;
    compare::<app::v2::ConfigReadResponse>("ConfigReadResponse", &one)?;
    compare::<app::v2::LoginAccountParams>("LoginAccountParams", &one)?;
    compare::<app::CommandExecutionRequestApprovalParams>("CommandExecutionRequestApprovalParams", &one)?;
    let three = Views::new(
        &["live_logs", "placement", "uploads"],
        Some(&["live_logs", "uploads"]),
    );
    let plans: Vec<jobs::UploadPlanParams> = json::from_str(PLANS).map_err(io::Error::other)?;
    row("UploadPlanParams (foundry)", &plans, &three);
    println!("reach no gate");
    compare::<app::v2::Thread>("Thread", &one)?;
    compare::<app::v2::ThreadItem>("ThreadItem", &one)?;
    compare::<app::v2::Model>("Model", &one)
}

/// The gates of connections.
struct Views {
    all: Gates,
    some: Option<Gates>,
}

impl Views {
    fn new(all: &[&'static str], some: Option<&[&'static str]>) -> Self {
        let gates = |names: &[&'static str]| names.iter().copied().collect();
        Self {
            all: gates(all),
            some: some.map(gates),
        }
    }
}

fn compare<T: Decode + Encode>(definition: &str, views: &Views) -> io::Result<()> {
    let fixtures = fixtures(definition)?;
    let messages = fixtures.iter().map(|text| json::from_slice(text));
    let messages: Vec<T> = messages.collect::<Result<_, _>>().map_err(io::Error::other)?;
    row(definition, &messages, views);
    Ok(())
}

fn row<T: Encode>(definition: &str, messages: &[T], views: &Views) {
    let list: Vec<&T> = std::iter::repeat_n(messages, REPEATED).flatten().collect();
    let each: Vec<Answer<'_, T>> = list.iter().copied().map(Answer).collect();
    let each = cells(&each, views);
    println!("  {definition:<36} {} {each}", cells(&[list], views));
}

/// The ratios with all gates open, with none, and with some.
fn cells<T: Encode>(values: &[T], views: &Views) -> String {
    let plain = || {
        values
            .iter()
            .for_each(|value| drop(black_box(json::to_string(black_box(value)))))
    };
    let through = |open: &Gates| {
        values
            .iter()
            .for_each(|value| drop(black_box(json::to_string_for(black_box(value), open))));
    };
    let some = views.some.as_ref().unwrap_or(Gates::none());
    let [plain, all, none, some] = least([
        &mut || plain(),
        &mut || through(&views.all),
        &mut || through(Gates::none()),
        &mut || through(some),
    ]);
    let ratio = |time: f64| format!("{:>7.2}", time / plain);
    let some = views
        .some
        .as_ref()
        .map_or_else(|| format!("{:>7}", "-"), |_| ratio(some));
    format!("{} {} {some}", ratio(all), ratio(none))
}

/// What goes over the wire: nothing is sent without an envelope.
struct Answer<'a, T>(&'a T);

impl<T: Encode> Encode for Answer<'_, T> {
    fn encode(&self, w: &mut Writer) {
        w.begin_object();
        w.member(",\"id\":", &7_u32);
        w.member(",\"result\":", self.0);
        w.end_object();
    }
}
