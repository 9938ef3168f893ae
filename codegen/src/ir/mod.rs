//! The protocol as plain data: no `syn`, no spans, every rule holds, every derived name is in it.
//!
//! In: made by `lower`. Out: read by every emitter, and dumped as `generated/protocol.json`, which third-party tools
//! read. Order is IDL order: files by path, items as they stand.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) mod kinds;
mod read;
mod references;
mod spelling;

pub use read::{ReadError, read};
pub(crate) use references::{User, users};
pub(crate) use spelling::spelling_of;

pub use crate::ast::{MethodKind, Scalar};

/// The format of the model that this compiler writes, and the newest that it reads. It is raised when the model gets a member
/// that a compiler before it would have to know; what is new has a default, so that older files stay readable.
pub const FORMAT: u32 = 1;

/// A whole protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Protocol {
    /// The format of the model, [`FORMAT`].
    #[serde(default = "first_format")]
    pub format: u32,
    /// The name, as declared: `AppServer`.
    pub name: String,
    /// The version, as declared.
    pub version: String,
    /// The title of its bundles: `AppServerProtocol`.
    #[serde(default)]
    pub title: String,
    /// What `protocol.idl` says of itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// Gates by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub gates: IndexMap<String, Gate>,
    /// The handshake, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
    /// What every message looks like.
    pub envelope: Envelope,
    /// Modules (IDL files) in order, with what they say of themselves.
    pub modules: Vec<Module>,
    /// Services by name.
    pub services: IndexMap<String, Service>,
    /// Methods by wire string.
    pub methods: IndexMap<String, Method>,
    /// Definitions by `namespace/Name`, or `Name` in the root.
    pub definitions: IndexMap<DefName, Definition>,
}

/// The name of a definition: `Thread` in the root, `v2/Thread` in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefName(String);

impl DefName {
    /// `name` in `namespace`, or in the root.
    pub fn new(namespace: Option<&str>, name: &str) -> Self {
        Self(namespace.map_or_else(|| name.to_owned(), |space| format!("{space}/{name}")))
    }

    /// The namespace; none for the root.
    pub fn namespace(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(space, _)| space)
    }

    /// The name without its namespace.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// `v2/Thread`
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for DefName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One IDL file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Module {
    /// The file, below the IDL folder: `v2/thread.idl`.
    pub file: String,
    /// The namespace of what it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The Rust module, unique within the namespace: `thread`.
    pub rust: String,
    /// Its `//!` comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
}

/// A gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gate {
    /// What the author says of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// Where a client opts in.
    pub capability: Capability,
    /// Why the part is gated.
    pub reason: String,
    /// Who decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The date by which somebody decides, `2026-12-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide_by: Option<String>,
}

/// A place in the params of the handshake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Capability {
    /// Member names below `params`.
    pub path: Vec<String>,
    /// What the list at `path` must hold; absent where `path` is a boolean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// How a connection begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Handshake {
    /// The request that must come first.
    pub opens: String,
    /// The notification that completes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completes: Option<String>,
    /// Member names below the params of `opens`: a list of notifications that the client does not want.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<Vec<String>>,
}

/// What every message looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The definition of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<DefName>,
    /// The definition of a request's id: the first definition called `RequestId` that `message` reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<DefName>,
    /// Whether every message carries `jsonrpc: "2.0"`.
    pub strict: bool,
}

/// The methods of one domain, both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The file that declares it.
    pub file: String,
    /// The Rust name, snake case: `threads`. Traits append to its Pascal case.
    pub rust: String,
    /// Its methods in order.
    pub methods: Vec<String>,
    /// Methods that must not come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<String>,
}

/// A request or notification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Method {
    /// Who sends it, and whether it is answered.
    pub kind: MethodKind,
    /// Pascal case: `ThreadStart`, unique within the protocol. The Rust marker.
    pub title: String,
    /// The title of its message: `ThreadStartClientRequest`.
    #[serde(default)]
    pub message_title: String,
    /// The Rust function: `thread_start`.
    pub rust: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The file that declares it.
    pub file: String,
    /// The namespace of that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The service that it belongs to.
    pub service: String,
    /// The definition of its params.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<DefName>,
    /// Whether `params` may be absent: all fields of the params are optional.
    #[serde(default, skip_serializing_if = "is_false")]
    pub params_optional: bool,
    /// The definition of its result; absent where a request answers null, and for notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<DefName>,
    /// Whom the server sends it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Requests with the same value at this place run one after the other; `params` first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<String>>,
    /// Whether `order` is among the requests of one connection.
    #[serde(default, skip_serializing_if = "is_false")]
    pub order_of_caller: bool,
    /// The caller becomes a subscriber of the topic at this place; `params` or `result` first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribes: Option<Vec<String>>,
    /// The caller is a subscriber no longer of the topic at this place; `params` or `result` first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribes: Option<Vec<String>>,
    /// The errors that it declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<DefName>,
    /// Whether a slow reader may miss it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lossy: bool,
    /// Whether the handler is cancelled when the caller disconnects.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cancel: bool,
    /// Whether it is taken where the server has as many requests as it can take.
    #[serde(default, skip_serializing_if = "is_false")]
    pub urgent: bool,
    /// The server sends it when a request of its own is settled, with the id at this place; `params` first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolves: Option<Vec<String>>,
    /// The server sends it to a slow client that has missed lossy notifications, with their number at this place; `params`
    /// first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Vec<String>>,
    /// What the author marked.
    #[serde(flatten)]
    pub marks: Marks,
}

/// Whom the server sends to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "camelCase", deny_unknown_fields)]
pub enum Delivery {
    /// Every initialised connection.
    All,
    /// The connection whose request it belongs to.
    Caller,
    /// The subscribers of a topic.
    Topic {
        /// Where the params name the topic; `params` first.
        path: Vec<String>,
    },
}

/// What an author marked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Marks {
    /// The gate, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Box<GateUse>>,
    /// Whether something larger than a gated member may be left out here, of the field, or of the list or map.
    #[serde(default, skip_serializing_if = "is_false")]
    pub droppable: bool,
    /// Why it should not be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// The version that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Kept for old clients.
    #[serde(default, skip_serializing_if = "is_false")]
    pub legacy: bool,
    /// Who sees it.
    #[serde(default, skip_serializing_if = "Visibility::is_everywhere")]
    pub visibility: Visibility,
}

/// Which artefacts show something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// All.
    #[default]
    Everywhere,
    /// All but the JSON Schema.
    OmitJson,
    /// Rust alone: read, and written, but shown in no other artefact.
    OnlyRust,
}

impl Visibility {
    fn is_everywhere(&self) -> bool {
        *self == Self::Everywhere
    }
}

/// The gate of one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GateUse {
    /// The gate.
    pub name: String,
    /// What a connection without it is sent instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Value>,
    /// Why it is safe that a client sends `otherwise` back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A named type. Its name is the key in [`Protocol::definitions`], unique across namespaces too, and so is the title
/// in the flat bundle and the name in Rust and TypeScript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The file that declares it.
    pub file: String,
    /// The alias of the foreign schema that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<String>,
    /// The Rust name: `McpServerOauthLoginParams`.
    pub rust: String,
    /// Whether a client can send it: params of its requests and notifications, results of the server's requests.
    pub inbound: bool,
    /// Whether the server can send it.
    pub outbound: bool,
    /// What the author marked.
    #[serde(flatten)]
    pub marks: Marks,
    /// What it is.
    pub shape: Shape,
}

/// What a definition is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Shape {
    /// An object.
    Struct(Struct),
    /// One of several strings.
    Enum(Enum),
    /// One of several shapes.
    Union(Union),
    /// A transparent name.
    Alias {
        /// What it stands for.
        #[serde(rename = "type")]
        ty: Type,
    },
    /// A declared error.
    Error {
        /// The JSON-RPC error code.
        code: i64,
        /// The shape of `data`.
        data: Struct,
    },
}

/// An object. Written in this order: fields, flattened, rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Struct {
    /// Whether unknown members are refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
    /// The wire name of the field whose bare value is an old spelling of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bare: Option<String>,
    /// Fields in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Structs and tagged unions whose members stand among ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flatten: Vec<Flatten>,
    /// A map of the remaining members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
    /// Names that must not come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<String>,
}

impl Struct {
    /// Whether it has no members at all.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.flatten.is_empty() && self.rest.is_none()
    }
}

/// One field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// The wire name.
    pub name: String,
    /// The Rust name, without `r#`.
    pub rust: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The type `T` of the table of presence: without `| null`, without `patch`.
    #[serde(rename = "type")]
    pub ty: Type,
    /// When it is written, and what absence and null mean.
    pub presence: Presence,
    /// The value that absence means; only with [`Presence::Default`] and [`Presence::OmittedDefault`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Old spellings that are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<String>,
    /// Old spellings of a boolean that said the opposite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts_not: Vec<String>,
    /// What the author marked.
    #[serde(flatten)]
    pub marks: Marks,
}

/// When a field is written, and what absence and null mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// `x: T`: always written; absence and null are errors.
    Required,
    /// `x: T | null`: always written, null for none; absence is none.
    Nullable,
    /// `x?: T | null`: omitted for none; null is none.
    OptionalNullable,
    /// `x?: T`: omitted for none; null is an error.
    Optional,
    /// `x?: T accepts null`: omitted for none; null is none, but TypeScript does not send it.
    OptionalAcceptsNull,
    /// `x: T = d`: always written; absence is the default; null is an error.
    Default,
    /// `x?: T = d`: omitted when equal to the default; absence is the default; null is an error.
    OmittedDefault,
    /// `x?: patch T`: omitted to leave, null to clear.
    Patch,
}

/// A struct or tagged union whose members stand among ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Flatten {
    /// What Rust calls it.
    pub rust: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// A struct, or a union that is tagged by a member.
    pub target: DefName,
}

/// A map of the remaining members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rest {
    /// What Rust calls it.
    pub rust: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The type of each value.
    pub values: Type,
    /// Whether entries larger than a gated member may be left out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub droppable: bool,
}

/// One of several strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enum {
    /// Whether unknown values are kept and written back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub open: bool,
    /// Members in order.
    pub members: Vec<EnumMember>,
    /// Values that must not come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<String>,
}

/// One value of an enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnumMember {
    /// The wire value.
    pub name: String,
    /// The Rust variant.
    pub rust: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// Old spellings that are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<String>,
    /// What the author marked.
    #[serde(flatten)]
    pub marks: Marks,
}

/// One of several shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Union {
    /// Whether unknown members are kept and written back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub open: bool,
    /// The TypeScript type of a member that is not listed, where the union is open: `UnknownThreadItem`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// How a reader tells the members apart.
    pub tagging: Tagging,
    /// Members in order.
    pub members: Vec<Member>,
    /// Members that must not come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<String>,
}

/// How a reader tells the members of a union apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "camelCase", deny_unknown_fields)]
pub enum Tagging {
    /// By a member of the object, beside the others.
    Internal {
        /// The name of that member.
        tag: String,
    },
    /// By a member; the rest is in another.
    Adjacent {
        /// The name of the member that tells.
        tag: String,
        /// The name of the member that holds the rest. Absent for members that hold nothing.
        content: String,
    },
    /// A bare string for a member that holds nothing, else an object of one member whose name tells.
    External,
    /// By its shape. The first member that fits, in order.
    Untagged,
}

/// One member of a union.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// The wire name, or the label of an untagged member.
    pub name: String,
    /// The Rust variant.
    pub rust: String,
    /// The title of its schema, unique within the protocol: `UserMessageThreadItem`.
    pub title: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// Old spellings that are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<String>,
    /// What the author marked.
    #[serde(flatten)]
    pub marks: Marks,
    /// What it holds.
    pub content: Content,
}

/// What a member of a union holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Content {
    /// Nothing.
    None,
    /// An object declared in place.
    Fields {
        /// The Rust name of the struct: `ThreadItemUserMessage`.
        rust: String,
        /// The object.
        body: Struct,
    },
    /// A type. In an internally tagged union, a struct.
    Type {
        /// The type.
        #[serde(rename = "type")]
        ty: Type,
    },
}

/// A type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// A word of the language.
    Scalar(Scalar),
    /// Exactly this string, integer or boolean.
    Constant(Value),
    /// A definition.
    Ref(DefName),
    /// A list.
    List(Box<Type>),
    /// An object whose names are keys. The key is a string, an alias of one, a path, a UUID or an enum.
    Map(Box<Type>, Box<Type>),
    /// A list of fixed length.
    Tuple(Vec<Type>),
    /// The type, or null.
    Nullable(Box<Type>),
}

/// The format of files that do not name theirs.
fn first_format() -> u32 {
    1
}

fn is_false(value: &bool) -> bool {
    !value
}
