//! The whole protocol as one tree: every name of a definition is an id.
//!
//! In: made by `resolve`. Out: read by `check` and `lower`. Spans are kept, so that rules can point at them.

use std::ops::Index;

use crate::ast::{self, Docs, Marks, Name};
use crate::source::{FileId, Span};

/// A definition: an index into [`Resolved::definitions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefId(pub(super) u32);

/// A file of the language: an index into [`Resolved::modules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub(super) u32);

/// A service: an index into [`Resolved::services`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(pub(super) u32);

impl DefId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A type whose names are ids.
pub type Type = ast::Type<DefId>;
/// What a type is, by ids.
pub type TypeKind = ast::TypeKind<DefId>;
/// What a definition is, by ids.
pub type Shape = ast::Shape<DefId>;
/// A body, by ids.
pub type Struct = ast::Struct<DefId>;
/// A field, by ids.
pub type Field = ast::Field<DefId>;
/// A spread, by ids.
pub type Spread = ast::Spread<DefId>;
/// A union, by ids.
pub type Union = ast::Union<DefId>;
/// A member of a union, by ids.
pub type UnionMember = ast::UnionMember<DefId>;
/// What a member holds, by ids.
pub type MemberContent = ast::MemberContent<DefId>;

/// A whole protocol. Order is the order of files by path, and of items as they stand.
#[derive(Debug)]
pub struct Resolved {
    /// `protocol Name version "0.1.0";`
    pub protocol: ast::Protocol,
    /// What stands before it; what its file says of itself where nothing does.
    pub docs: Docs,
    /// The handshake, where there is one.
    pub handshake: Option<Handshake>,
    /// The envelope, where there is one.
    pub envelope: Option<Envelope>,
    /// The files.
    pub modules: Vec<Module>,
    /// The gates.
    pub gates: Vec<Gate>,
    /// The services.
    pub services: Vec<Service>,
    /// The methods of all services.
    pub methods: Vec<Method>,
    /// Every definition.
    pub definitions: Vec<Definition>,
}

impl Resolved {
    /// The ids of all definitions, in order.
    pub fn ids(&self) -> impl Iterator<Item = DefId> + use<> {
        (0..self.definitions.len() as u32).map(DefId)
    }

    /// The namespace of a definition.
    pub fn namespace(&self, id: DefId) -> Option<&str> {
        self[self[id].module].namespace_text()
    }
}

impl Index<DefId> for Resolved {
    type Output = Definition;

    fn index(&self, id: DefId) -> &Definition {
        &self.definitions[id.0 as usize]
    }
}

impl Index<ModuleId> for Resolved {
    type Output = Module;

    fn index(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }
}

impl Index<ServiceId> for Resolved {
    type Output = Service;

    fn index(&self, id: ServiceId) -> &Service {
        &self.services[id.0 as usize]
    }
}

/// One file.
#[derive(Debug)]
pub struct Module {
    /// The file.
    pub file: FileId,
    /// Below the IDL folder: `v2/thread.idl`.
    pub path: String,
    /// The namespace of what it declares.
    pub namespace: Option<Name>,
    /// Its `//!` comment.
    pub docs: Docs,
    /// Names of definitions that must not come back.
    pub reserved: Vec<Name>,
}

impl Module {
    /// The namespace as text.
    pub fn namespace_text(&self) -> Option<&str> {
        self.namespace.as_ref().map(|name| name.text.as_str())
    }
}

/// How a connection begins.
#[derive(Debug)]
pub struct Handshake {
    /// What the author wrote.
    pub declared: ast::Handshake,
    /// The whole item.
    pub span: Span,
}

/// What every message looks like.
#[derive(Debug)]
pub struct Envelope {
    /// The definition of a message, and where it is named.
    pub message: Option<(DefId, Span)>,
    /// `jsonrpc: "2.0"`
    pub jsonrpc: Option<Name>,
    /// The whole item.
    pub span: Span,
}

/// A gate.
#[derive(Debug)]
pub struct Gate {
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// What the author wrote.
    pub declared: ast::Gate,
    /// The whole item.
    pub span: Span,
}

/// The methods of one domain.
#[derive(Debug)]
pub struct Service {
    /// The file that declares it.
    pub module: ModuleId,
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// Methods that must not come back.
    pub reserved: Vec<Name>,
    /// The whole item.
    pub span: Span,
}

/// One request or notification.
#[derive(Debug)]
pub struct Method {
    /// The service that it belongs to.
    pub service: ServiceId,
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// Who sends it, and whether it is answered.
    pub kind: ast::MethodKind,
    /// The wire string.
    pub name: Name,
    /// `as Name`
    pub rename: Option<Name>,
    /// The params.
    pub params: Option<Type>,
    /// The result.
    pub result: Option<Type>,
    /// Whom the server sends it to.
    pub delivery: Option<ast::Delivery>,
    /// The block after it, but for its errors.
    pub behaviours: Vec<ast::Behaviour>,
    /// The errors that it declares, and where it names them.
    pub errors: Vec<(DefId, Span)>,
    /// From `client` or `server` to the end.
    pub span: Span,
}

/// A named type.
#[derive(Debug)]
pub struct Definition {
    /// The file that declares it.
    pub module: ModuleId,
    /// The alias of the foreign schema that it comes from.
    pub foreign: Option<String>,
    /// The comment before it.
    pub docs: Docs,
    /// The attributes before it.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// What it is.
    pub shape: Shape,
    /// The whole item.
    pub span: Span,
}

/// Calls `visit` with every definition that `ty` names, in order.
pub fn names_in_type(ty: &Type, visit: &mut impl FnMut(DefId, Span)) {
    match &ty.kind {
        TypeKind::Scalar(_) | TypeKind::Constant(_) => {}
        TypeKind::Name(id) => visit(*id, ty.span),
        TypeKind::List(inner) | TypeKind::Nullable(inner) => names_in_type(inner, visit),
        TypeKind::Map(key, value) => {
            names_in_type(key, visit);
            names_in_type(value, visit);
        }
        TypeKind::Tuple(items) => {
            for item in items {
                names_in_type(item, visit);
            }
        }
    }
}

/// Calls `visit` with every definition that `shape` names, in order.
pub fn names_in_shape(shape: &Shape, visit: &mut impl FnMut(DefId, Span)) {
    match shape {
        Shape::Enum(_) => {}
        Shape::Struct(body) | Shape::Error { data: body, .. } => names_in_struct(body, visit),
        Shape::Alias(ty) => names_in_type(ty, visit),
        Shape::Union(union) => {
            for member in &union.members {
                match &member.content {
                    MemberContent::None => {}
                    MemberContent::Fields(body) => names_in_struct(body, visit),
                    MemberContent::Type(ty) => names_in_type(ty, visit),
                }
            }
        }
    }
}

fn names_in_struct(body: &Struct, visit: &mut impl FnMut(DefId, Span)) {
    for field in &body.fields {
        names_in_type(&field.ty, visit);
    }
    for spread in &body.spreads {
        names_in_type(&spread.ty, visit);
    }
}
