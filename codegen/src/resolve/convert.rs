//! Turns collected items into the tree, looking every name up.
//!
//! In: items whose names are text, and the scopes. Out: [`Resolved`]. What names nothing is left out: the report stops
//! the compilation after this pass.

use indexmap::IndexMap;

use super::collect::{Collected, Unresolved, report_twice};
use super::scopes::Scopes;
use super::tree::{
    Definition, Envelope, Field, MemberContent, Method, ModuleId, Resolved, ServiceId, Shape, Spread, Struct,
    Type, TypeKind, Union, UnionMember,
};
use crate::ast::{self, BehaviourKind, Marks};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::rules;
use crate::source::Span;
use crate::suggest;

/// Converts everything. None when there is no protocol.
pub(super) fn convert(
    collected: Collected,
    scopes: &Scopes,
    diagnostics: &mut Diagnostics,
) -> Option<Resolved> {
    let gates: Vec<String> = collected
        .gates
        .iter()
        .map(|gate| gate.declared.name.text.clone())
        .collect();
    let mut converter = Converter {
        scopes,
        gates: &gates,
        module: ModuleId(0),
        unknown_gates: IndexMap::new(),
        diagnostics,
    };
    let Collected {
        modules,
        uses: _,
        protocol,
        handshake,
        envelope,
        gates: declared_gates,
        services,
        methods,
        definitions,
    } = collected;
    let definitions = definitions
        .into_iter()
        .map(|unresolved| converter.definition(unresolved))
        .collect();
    let methods = methods
        .into_iter()
        .map(|(service, method)| {
            converter.module = services[service.0 as usize].module;
            converter.method(service, method)
        })
        .collect();
    let envelope = envelope.map(|(declared, module, span)| {
        converter.module = module;
        let message = declared
            .message
            .and_then(|name| Some((converter.lookup(&name)?, name.span)));
        Envelope {
            message,
            jsonrpc: declared.jsonrpc,
            span,
        }
    });
    converter.report_unknown_gates();
    let (protocol, docs) = protocol?;
    Some(Resolved {
        protocol,
        docs,
        handshake,
        envelope,
        modules,
        gates: declared_gates,
        services,
        methods,
        definitions,
    })
}

struct Converter<'a> {
    scopes: &'a Scopes,
    gates: &'a [String],
    /// The file whose names are being looked up.
    module: ModuleId,
    /// Where each gate that nobody declares is used: one declaration that is missing is one fault.
    unknown_gates: IndexMap<String, Vec<Span>>,
    diagnostics: &'a mut Diagnostics,
}

impl Converter<'_> {
    fn lookup(&self, name: &ast::Name) -> Option<super::DefId> {
        self.scopes.lookup(self.module, name)
    }

    fn definition(&mut self, unresolved: Unresolved) -> Definition {
        let Unresolved {
            module,
            foreign,
            docs,
            marks,
            definition,
            span,
        } = unresolved;
        self.module = module;
        self.marks(&marks);
        let shape = match definition.shape {
            ast::Shape::Struct(body) => Shape::Struct(self.body(body)),
            ast::Shape::Enum(declared) => {
                self.enum_members(&declared);
                Shape::Enum(declared)
            }
            ast::Shape::Union(union) => Shape::Union(self.union(union)),
            ast::Shape::Alias(ty) => {
                let span = ty.span;
                // A target that is unknown was reported; any type will do in its place.
                let unknown = Type {
                    kind: TypeKind::Scalar(ast::Scalar::Json),
                    span,
                };
                Shape::Alias(self.ty(ty).unwrap_or(unknown))
            }
            ast::Shape::Error {
                code,
                code_span,
                data,
            } => Shape::Error {
                code,
                code_span,
                data: self.body(data),
            },
        };
        Definition {
            module,
            foreign,
            docs,
            marks,
            name: definition.name,
            shape,
            span,
        }
    }

    fn body(&mut self, body: ast::Struct) -> Struct {
        let fields = body.fields.iter().map(|field| &field.name);
        report_twice(&rules::DUPLICATE_FIELD, "field", fields, self.diagnostics);
        Struct {
            closed: body.closed,
            bare: body.bare,
            fields: body
                .fields
                .into_iter()
                .filter_map(|field| self.field(field))
                .collect(),
            spreads: body
                .spreads
                .into_iter()
                .filter_map(|spread| self.spread(spread))
                .collect(),
            reserved: body.reserved,
        }
    }

    fn field(&mut self, field: ast::Field) -> Option<Field> {
        self.marks(&field.marks);
        Some(Field {
            ty: self.ty(field.ty)?,
            docs: field.docs,
            marks: field.marks,
            name: field.name,
            optional: field.optional,
            patch: field.patch,
            default: field.default,
            rename: field.rename,
            accepts: field.accepts,
            span: field.span,
        })
    }

    fn spread(&mut self, spread: ast::Spread) -> Option<Spread> {
        self.marks(&spread.marks);
        Some(Spread {
            ty: self.ty(spread.ty)?,
            docs: spread.docs,
            marks: spread.marks,
            name: spread.name,
            span: spread.span,
        })
    }

    fn enum_members(&mut self, declared: &ast::Enum) {
        let members = declared.members.iter().map(|member| &member.name);
        report_twice(&rules::DUPLICATE_MEMBER, "member", members, self.diagnostics);
        for member in &declared.members {
            self.marks(&member.marks);
        }
    }

    fn union(&mut self, union: ast::Union) -> Union {
        let members = union.members.iter().map(|member| &member.name);
        report_twice(&rules::DUPLICATE_MEMBER, "member", members, self.diagnostics);
        Union {
            open: union.open,
            tagging: union.tagging,
            members: union
                .members
                .into_iter()
                .filter_map(|member| self.member(member))
                .collect(),
            reserved: union.reserved,
        }
    }

    fn member(&mut self, member: ast::UnionMember) -> Option<UnionMember> {
        self.marks(&member.marks);
        let content = match member.content {
            ast::MemberContent::None => MemberContent::None,
            ast::MemberContent::Fields(body) => MemberContent::Fields(self.body(body)),
            ast::MemberContent::Type(ty) => MemberContent::Type(self.ty(ty)?),
        };
        Some(UnionMember {
            content,
            docs: member.docs,
            marks: member.marks,
            name: member.name,
            rename: member.rename,
            accepts: member.accepts,
            span: member.span,
        })
    }

    fn method(&mut self, service: ServiceId, method: ast::Method) -> Method {
        self.marks(&method.marks);
        let mut behaviours = Vec::new();
        let mut errors = Vec::new();
        for behaviour in method.behaviours {
            if let BehaviourKind::Errors(names) = &behaviour.kind {
                errors.extend(
                    names
                        .iter()
                        .filter_map(|name| Some((self.lookup(name)?, name.span))),
                );
            }
            behaviours.push(behaviour);
        }
        Method {
            service,
            docs: method.docs,
            marks: method.marks,
            kind: method.kind,
            name: method.name,
            rename: method.rename,
            params: method.params.and_then(|ty| self.ty(ty)),
            result: method.result.and_then(|ty| self.ty(ty)),
            delivery: method.delivery,
            behaviours,
            errors,
            span: method.span,
        }
    }

    /// Recursion is bounded: `parse` and `foreign` refuse deep nesting.
    fn ty(&mut self, ty: ast::Type) -> Option<Type> {
        let kind = match ty.kind {
            ast::TypeKind::Scalar(scalar) => TypeKind::Scalar(scalar),
            ast::TypeKind::Constant(literal) => TypeKind::Constant(literal),
            ast::TypeKind::Name(name) => TypeKind::Name(self.lookup(&name)?),
            ast::TypeKind::List(inner) => TypeKind::List(Box::new(self.ty(*inner)?)),
            ast::TypeKind::Nullable(inner) => TypeKind::Nullable(Box::new(self.ty(*inner)?)),
            ast::TypeKind::Map(key, value) => {
                let (key, value) = (self.ty(*key), self.ty(*value));
                TypeKind::Map(Box::new(key?), Box::new(value?))
            }
            ast::TypeKind::Tuple(items) => {
                let items: Vec<_> = items.into_iter().map(|item| self.ty(item)).collect();
                TypeKind::Tuple(items.into_iter().collect::<Option<_>>()?)
            }
        };
        Some(Type { kind, span: ty.span })
    }

    /// Gates stay names, since the model refers to them by name; here they are only known to exist.
    fn marks(&mut self, marks: &Marks) {
        let Some(mark) = &marks.gate else { return };
        if !self.gates.contains(&mark.name.text) {
            let places = self.unknown_gates.entry(mark.name.text.clone()).or_default();
            places.push(mark.name.span);
        }
    }

    fn report_unknown_gates(&mut self) {
        for (name, mut places) in std::mem::take(&mut self.unknown_gates) {
            places.sort();
            let mut report = Diagnostic::new(
                &rules::UNKNOWN_GATE,
                places.first().copied(),
                format!("cannot find a gate called `{name}`"),
            )
            .label("not declared");
            match places.len() - 1 {
                0 => {}
                1 => report = report.note("1 more place names it"),
                more => report = report.note(format!("{more} more places name it")),
            }
            report = match suggest::nearest(&name, self.gates.iter().map(String::as_str)) {
                Some(near) => report.help(format!("did you mean `{near}`?")),
                None => report.help("declare it with `gate`, beside the `protocol`"),
            };
            self.diagnostics.push(report);
        }
    }
}
