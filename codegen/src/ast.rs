//! The text of one file as a tree: the grammar holds, names are still text.
//!
//! In: what `parse` reads, and what `foreign` makes of a JSON Schema. Out: read by `resolve` alone. Every node knows
//! where it stands.

use serde_json::Value;

use crate::source::{FileId, Span};

/// A name as it is spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The spelling, without quotes.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A doc comment: the lines without their slashes and without the one space that follows, joined by `\n`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Docs {
    /// The text; empty where there is none.
    pub text: String,
    /// From the first line to the last.
    pub span: Option<Span>,
}

/// A JSON value as an author wrote it: `false`, `-1.5`, `"text"`, `[..]`, `{ type: "fullAccess" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// One file.
#[derive(Clone, Debug)]
pub struct File {
    /// The file.
    pub id: FileId,
    /// The `//!` lines at its head.
    pub docs: Docs,
    /// `namespace v2;`. A file without one is in the root.
    pub namespace: Option<Name>,
    /// `use` declarations in order.
    pub uses: Vec<Use>,
    /// Items in order.
    pub items: Vec<Item>,
}

/// `use a.b.{X, Y as Z};` or `use a.b.X;`.
#[derive(Clone, Debug)]
pub struct Use {
    /// The module: the path of a file without its extension, segments in order.
    pub module: Vec<Name>,
    /// What is imported from it.
    pub names: Vec<UseName>,
    /// The whole declaration.
    pub span: Span,
}

/// One name of a `use`.
#[derive(Clone, Debug)]
pub struct UseName {
    /// The name in the other file.
    pub name: Name,
    /// The name in this file where it differs.
    pub alias: Option<Name>,
}

/// An item with what stands before it.
#[derive(Clone, Debug)]
pub struct Item {
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// The item.
    pub kind: ItemKind,
    /// From its first keyword to its end.
    pub span: Span,
}

/// Every kind of item.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `protocol Name version "0.1.0";`
    Protocol(Protocol),
    /// `gate name { .. }`
    Gate(Gate),
    /// `handshake { .. }`
    Handshake(Handshake),
    /// `envelope { .. }`
    Envelope(Envelope),
    /// `service Name { .. }`
    Service(Service),
    /// `struct`, `enum`, `union`, `type` and `error`.
    Definition(Definition),
    /// `foreign "path" as alias { .. }`
    Foreign(Foreign),
    /// `reserved "name", ..;`
    Reserved(Vec<Name>),
}

/// `protocol Name version "0.1.0";`
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The name.
    pub name: Name,
    /// The version text.
    pub version: Name,
}

/// `gate name { capability: .., reason: "..", owner: "..", decide_by: "2026-12-31" }`.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The name.
    pub name: Name,
    /// Where a client opts in. Absent means that the author forgot it, which `check` reports.
    pub capability: Option<Capability>,
    /// Why the part is gated.
    pub reason: Option<Name>,
    /// Who decides.
    pub owner: Option<Name>,
    /// The date by which somebody decides, as written.
    pub decide_by: Option<Name>,
}

/// `params.capabilities.experimentalApi`, a boolean, or `"voice" in params.capabilities`, membership of a list.
#[derive(Clone, Debug)]
pub struct Capability {
    /// The value that the list must hold; none for a boolean.
    pub member: Option<Name>,
    /// The place.
    pub path: Path,
}

/// `params.thread.id` or `result.thread.id`: a place in a message.
#[derive(Clone, Debug)]
pub struct Path {
    /// The segments, `params` or `result` first.
    pub segments: Vec<Name>,
    /// The whole path.
    pub span: Span,
}

/// `handshake { opens: "initialize", completes: "initialized", optOut: params.capabilities.optOutNotificationMethods }`.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The request that must come first.
    pub opens: Option<Name>,
    /// The notification that completes it.
    pub completes: Option<Name>,
    /// A list of notifications that the client does not want.
    pub opt_out: Option<Path>,
}

/// `envelope { message: JSONRPCMessage, jsonrpc: "2.0" }`.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The definition of a message; artefacts hold it and what it reaches.
    pub message: Option<Name>,
    /// `jsonrpc: "2.0"`: strict JSON-RPC 2.0, every message carries that member. Absent: the member is not sent and
    /// ignored when received.
    pub jsonrpc: Option<Name>,
}

/// `service Threads { .. }`: methods of both directions of one domain.
#[derive(Clone, Debug)]
pub struct Service {
    /// The name.
    pub name: Name,
    /// Methods in order.
    pub methods: Vec<Method>,
    /// Methods that must not come back.
    pub reserved: Vec<Name>,
}

/// One request or notification.
#[derive(Clone, Debug)]
pub struct Method {
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// Who sends it, and whether it is answered.
    pub kind: MethodKind,
    /// The wire string.
    pub name: Name,
    /// `as Name`: what derived names start from instead of the wire string.
    pub rename: Option<Name>,
    /// The params.
    pub params: Option<Type>,
    /// The result. A request without one is answered with null.
    pub result: Option<Type>,
    /// `to all`, `to caller`, `to topic params.threadId`.
    pub delivery: Option<Delivery>,
    /// The block after it, entry by entry.
    pub behaviours: Vec<Behaviour>,
    /// From `client` or `server` to the end.
    pub span: Span,
}

/// Who sends a method, and whether it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MethodKind {
    /// A client asks, the server answers.
    ClientRequest,
    /// The server asks, a client answers.
    ServerRequest,
    /// A client tells.
    ClientNotification,
    /// The server tells.
    ServerNotification,
}

/// Whom the server sends to.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// To whom.
    pub target: DeliveryTarget,
    /// From `to` to the end.
    pub span: Span,
}

/// Whom the server sends to.
#[derive(Clone, Debug)]
pub enum DeliveryTarget {
    /// Every initialised connection.
    All,
    /// The connection whose request it belongs to.
    Caller,
    /// The subscribers of the topic that this place in the params names.
    Topic(Path),
}

/// One entry of the block after a method.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// What it says.
    pub kind: BehaviourKind,
    /// The entry.
    pub span: Span,
}

/// What an entry of the block after a method says.
#[derive(Clone, Debug)]
pub enum BehaviourKind {
    /// `order: params.threadId`: requests with the same value run one after the other; with `of caller`, those of one
    /// connection.
    Order {
        /// Where the value stands.
        key: Path,
        /// Whether it means something on one connection only.
        of_caller: bool,
    },
    /// `subscribes: result.thread.id`: the caller becomes a subscriber of that topic.
    Subscribes(Path),
    /// `unsubscribes: params.threadId`: the caller is one no longer.
    Unsubscribes(Path),
    /// `errors: [A, B]`: the errors that it declares.
    Errors(Vec<Name>),
    /// `lossy`: a slow reader may miss it.
    Lossy,
    /// `cancel`: the handler is cancelled when the caller disconnects.
    Cancel,
    /// `urgent`: taken where the server has as many requests as it can take.
    Urgent,
    /// `resolves: params.requestId`: tells that the server's request with this id is settled.
    Resolves(Path),
    /// `missed: params.count`: tells how many lossy notifications a slow client has missed.
    Missed(Path),
}

/// A named type. `N` is how it refers to others: by name as `parse` reads it, by id once `resolve` has looked it up.
#[derive(Clone, Debug)]
pub struct Definition<N = Name> {
    /// The name.
    pub name: Name,
    /// What it is.
    pub shape: Shape<N>,
}

/// What a definition is.
#[derive(Clone, Debug)]
pub enum Shape<N = Name> {
    /// `struct`
    Struct(Struct<N>),
    /// `enum`
    Enum(Enum),
    /// `union`
    Union(Union<N>),
    /// `type Name = T;`: a transparent name.
    Alias(Type<N>),
    /// `error Name = -32600 { .. }`: the code, and the shape of `data`.
    Error {
        /// The JSON-RPC error code.
        code: i64,
        /// Where the code stands.
        code_span: Span,
        /// The fields of `data`.
        data: Struct<N>,
    },
}

/// The body of a struct, an error or an inline union member.
#[derive(Clone, Debug)]
pub struct Struct<N = Name> {
    /// `closed`: unknown members are refused.
    pub closed: Option<Span>,
    /// `accepts bare name`: a bare value of that field is an old spelling of the whole shape.
    pub bare: Option<Name>,
    /// Fields in order.
    pub fields: Vec<Field<N>>,
    /// `...name: T`: a struct or tagged union whose members stand among ours, or a map of the remaining members.
    pub spreads: Vec<Spread<N>>,
    /// Names that must not come back.
    pub reserved: Vec<Name>,
}

impl<N> Default for Struct<N> {
    fn default() -> Self {
        Self {
            closed: None,
            bare: None,
            fields: Vec::new(),
            spreads: Vec::new(),
            reserved: Vec::new(),
        }
    }
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field<N = Name> {
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// The wire name.
    pub name: Name,
    /// `?` after the name.
    pub optional: Option<Span>,
    /// `patch` before the type.
    pub patch: Option<Span>,
    /// The type, `| null` included.
    pub ty: Type<N>,
    /// `= value`
    pub default: Option<Literal>,
    /// `as name`: the Rust name.
    pub rename: Option<Name>,
    /// `accepts ..`, in order.
    pub accepts: Vec<Accepts>,
    /// The whole field.
    pub span: Span,
}

/// Something that is read and never written.
#[derive(Clone, Debug)]
pub enum Accepts {
    /// `accepts null`
    Null(Span),
    /// `accepts "old_name"`: an old spelling.
    Name(Name),
    /// `accepts not "oldName"`: an old boolean that said the opposite.
    Not(Name),
}

/// `...name: T`
#[derive(Clone, Debug)]
pub struct Spread<N = Name> {
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// What Rust calls it; the wire does not show it.
    pub name: Name,
    /// A struct, a tagged union, or `map<string, T>`.
    pub ty: Type<N>,
    /// The whole spread.
    pub span: Span,
}

/// `enum Name { "a", "b" }`: strings.
#[derive(Clone, Debug)]
pub struct Enum {
    /// `open`: unknown values are kept and written back.
    pub open: Option<Span>,
    /// Members in order.
    pub members: Vec<EnumMember>,
    /// Values that must not come back.
    pub reserved: Vec<Name>,
}

/// One value of an enum.
#[derive(Clone, Debug)]
pub struct EnumMember {
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// The wire value.
    pub name: Name,
    /// `as Name`: the Rust name.
    pub rename: Option<Name>,
    /// `accepts "old"`: old spellings.
    pub accepts: Vec<Name>,
    /// The whole member.
    pub span: Span,
}

/// `union Name tagged .. { .. }`
#[derive(Clone, Debug)]
pub struct Union<N = Name> {
    /// `open`: unknown members are kept and written back.
    pub open: Option<Span>,
    /// How a reader tells the members apart.
    pub tagging: Tagging,
    /// Members in order.
    pub members: Vec<UnionMember<N>>,
    /// Members that must not come back.
    pub reserved: Vec<Name>,
}

/// How a reader tells the members of a union apart.
#[derive(Clone, Debug)]
pub enum Tagging {
    /// `tagged "type"`: by a member of the object, beside the others.
    Internal(Name),
    /// `tagged "kind" content "data"`: by a member, the rest is in another.
    Adjacent(Name, Name),
    /// `tagged outside`: a bare string, or an object of one member whose name tells.
    External(Span),
    /// `untagged`: by its shape.
    Untagged(Span),
}

/// One member of a union.
#[derive(Clone, Debug)]
pub struct UnionMember<N = Name> {
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// The wire name, or the label of an untagged member.
    pub name: Name,
    /// `as Name`: the Rust name.
    pub rename: Option<Name>,
    /// `accepts "old"`: old spellings.
    pub accepts: Vec<Name>,
    /// What it holds.
    pub content: MemberContent<N>,
    /// The whole member.
    pub span: Span,
}

/// What a member of a union holds.
#[derive(Clone, Debug)]
pub enum MemberContent<N = Name> {
    /// Nothing: `never`.
    None,
    /// `name { .. }`
    Fields(Struct<N>),
    /// `name(T)`, or `name: T` in an untagged union.
    Type(Type<N>),
}

/// A type.
#[derive(Clone, Debug)]
pub struct Type<N = Name> {
    /// What it is.
    pub kind: TypeKind<N>,
    /// Where it stands.
    pub span: Span,
}

/// What a type is.
#[derive(Clone, Debug)]
pub enum TypeKind<N = Name> {
    /// A word of the language: `string`, `u32`, `path`, ...
    Scalar(Scalar),
    /// A definition.
    Name(N),
    /// `list<T>`
    List(Box<Type<N>>),
    /// `map<K, V>`
    Map(Box<Type<N>>, Box<Type<N>>),
    /// `tuple<A, B>`
    Tuple(Vec<Type<N>>),
    /// `T | null`
    Nullable(Box<Type<N>>),
    /// `"text"`, `1`, `true`: exactly this value.
    Constant(Box<Literal>),
}

/// The words of the language that are types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// Text.
    String,
    /// `true` or `false`.
    Bool,
    /// 8 bits, signed.
    I8,
    /// 16 bits, signed.
    I16,
    /// 32 bits, signed.
    I32,
    /// 64 bits, signed; a `number` in TypeScript, so values written stay within 2^53.
    I64,
    /// 8 bits.
    U8,
    /// 16 bits.
    U16,
    /// 32 bits.
    U32,
    /// 64 bits; a `number` in TypeScript, so values written stay within 2^53.
    U64,
    /// A double; never infinite or not a number.
    F64,
    /// 64 bits, signed; a `bigint` in TypeScript.
    BigInt,
    /// Any JSON value.
    Json,
    /// An absolute path.
    Path,
    /// Bytes, as base64 text.
    Base64,
    /// A UUID as text.
    Uuid,
}

impl Scalar {
    /// Every scalar with its spelling.
    pub const ALL: &[(&str, Scalar)] = &[
        ("string", Scalar::String),
        ("bool", Scalar::Bool),
        ("i8", Scalar::I8),
        ("i16", Scalar::I16),
        ("i32", Scalar::I32),
        ("i64", Scalar::I64),
        ("u8", Scalar::U8),
        ("u16", Scalar::U16),
        ("u32", Scalar::U32),
        ("u64", Scalar::U64),
        ("f64", Scalar::F64),
        ("bigint", Scalar::BigInt),
        ("json", Scalar::Json),
        ("path", Scalar::Path),
        ("base64", Scalar::Base64),
        ("uuid", Scalar::Uuid),
    ];
}

/// `foreign "upstream/x.schema.json" as responses { open ResponseItem, WebSearchAction as ResponsesApiWebSearchAction }`.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The path of the schema, below the IDL folder.
    pub path: Name,
    /// What docs and the model call the schema.
    pub alias: Name,
    /// The definitions wanted; those that they reach come with them under their own names.
    pub names: Vec<ForeignName>,
}

/// One definition wanted from a foreign schema.
#[derive(Clone, Debug)]
pub struct ForeignName {
    /// The comment before it, which replaces the schema's description.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// `open` or `closed`, which a schema cannot say.
    pub openness: Option<(Openness, Span)>,
    /// Its name in the schema.
    pub name: Name,
    /// `as Name`: its name here.
    pub alias: Option<Name>,
}

/// Whether a foreign enum or union keeps what it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Openness {
    /// Unknown values are kept.
    Open,
    /// Unknown values are refused.
    Closed,
}

/// The attributes before an item, field, member or method.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// `@gate(..)`
    pub gate: Option<Box<GateMark>>,
    /// `@droppable`
    pub droppable: Option<Span>,
    /// `@deprecated("reason")`
    pub deprecated: Option<Name>,
    /// `@since("0.2.0")`
    pub since: Option<Name>,
    /// `@legacy`
    pub legacy: Option<Span>,
    /// `@omit(json)`: not in the JSON Schema.
    pub omit_json: Option<Span>,
    /// `@only(rust)`: read and written by Rust, shown in no other artefact.
    pub only_rust: Option<Span>,
    /// `@allow(code, "reason")`, in order.
    pub allow: Vec<Allow>,
}

impl Marks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.first_but_allow().is_none()
    }

    /// Where a mark other than `@allow` stands.
    pub fn first_but_allow(&self) -> Option<Span> {
        let gate = self.gate.as_ref().map(|gate| gate.span);
        let texts = [&self.deprecated, &self.since]
            .into_iter()
            .flatten()
            .map(|text| text.span);
        let words = [self.droppable, self.legacy, self.omit_json, self.only_rust]
            .into_iter()
            .flatten();
        gate.into_iter().chain(texts).chain(words).min()
    }
}

/// `@gate(experimental, otherwise = "untrusted", because = "..")`.
#[derive(Clone, Debug)]
pub struct GateMark {
    /// The gate.
    pub name: Name,
    /// What a connection without the gate is sent instead.
    pub otherwise: Option<Literal>,
    /// Why it is safe that a client sends `otherwise` back.
    pub because: Option<Name>,
    /// The whole attribute.
    pub span: Span,
}

/// `@allow(code, "reason")`.
#[derive(Clone, Debug)]
pub struct Allow {
    /// The code of the rule.
    pub code: Name,
    /// Why it is right here.
    pub reason: Name,
}
