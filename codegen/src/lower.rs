//! Makes the model: plain data with every derived name in it.
//!
//! In: [`Checked`], so nothing here can fail or be reported. Out: [`ir::Protocol`], which the emitters read.

use std::collections::HashMap;

use crate::ast::{self, Accepts, BehaviourKind, DeliveryTarget, Docs, Name, Path};
use crate::check::Checked;
use crate::emit::names;
use crate::ir::{self, Content, DefName, Presence, Visibility};
use crate::resolve::{
    DefId, Definition, Field, MemberContent, Method, Resolved, Shape, Struct, Type, TypeKind, Union,
    UnionMember, names_in_shape,
};

/// Makes the model.
pub fn lower(checked: &Checked) -> ir::Protocol {
    let resolved = checked.resolved();
    let lowering = Lowering {
        checked,
        resolved,
        names: resolved
            .ids()
            .map(|id| DefName::new(resolved.namespace(id), &resolved[id].name.text))
            .collect(),
    };
    lowering.protocol()
}

struct Lowering<'a> {
    checked: &'a Checked,
    resolved: &'a Resolved,
    /// The name of each definition, by index.
    names: Vec<DefName>,
}

impl Lowering<'_> {
    fn protocol(&self) -> ir::Protocol {
        let resolved = self.resolved;
        ir::Protocol {
            format: ir::FORMAT,
            name: resolved.protocol.name.text.clone(),
            version: resolved.protocol.version.text.clone(),
            title: names::bundle_title(&resolved.protocol.name.text),
            docs: resolved.docs.text.clone(),
            gates: resolved
                .gates
                .iter()
                .map(|gate| {
                    (
                        gate.declared.name.text.clone(),
                        lower_gate(&gate.declared, &gate.docs),
                    )
                })
                .collect(),
            handshake: resolved.handshake.as_ref().map(|handshake| ir::Handshake {
                opens: text(&handshake.declared.opens).unwrap_or_default(),
                completes: text(&handshake.declared.completes),
                opt_out: handshake.declared.opt_out.as_ref().map(below_params),
            }),
            envelope: self.envelope(),
            modules: resolved
                .modules
                .iter()
                .map(|module| ir::Module {
                    file: module.path.clone(),
                    namespace: module.namespace_text().map(str::to_owned),
                    rust: names::module(&module.path, module.namespace_text()),
                    docs: module.docs.text.clone(),
                })
                .collect(),
            services: self.services(),
            methods: resolved
                .methods
                .iter()
                .map(|method| (method.name.text.clone(), self.method(method)))
                .collect(),
            definitions: resolved
                .ids()
                .map(|id| (self.names[id.index()].clone(), self.definition(id)))
                .collect(),
        }
    }

    fn name(&self, id: DefId) -> DefName {
        self.names[id.index()].clone()
    }

    fn envelope(&self) -> ir::Envelope {
        let Some(envelope) = &self.resolved.envelope else {
            return ir::Envelope::default();
        };
        let message = envelope.message.map(|(id, _)| id);
        ir::Envelope {
            message: message.map(|id| self.name(id)),
            request_id: message.and_then(|id| self.request_id(id)).map(|id| self.name(id)),
            strict: envelope.jsonrpc.is_some(),
        }
    }

    /// The first definition called `RequestId` that `message` reaches, nearest first.
    fn request_id(&self, message: DefId) -> Option<DefId> {
        let mut seen = vec![false; self.names.len()];
        let mut queue = std::collections::VecDeque::from([message]);
        while let Some(id) = queue.pop_front() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            if self.resolved[id].name.text == "RequestId" {
                return Some(id);
            }
            names_in_shape(&self.resolved[id].shape, &mut |next, _| queue.push_back(next));
        }
        None
    }

    fn services(&self) -> indexmap::IndexMap<String, ir::Service> {
        let mut methods: HashMap<&str, Vec<String>> = HashMap::new();
        for method in &self.resolved.methods {
            let service = &self.resolved[method.service].name.text;
            methods.entry(service).or_default().push(method.name.text.clone());
        }
        let services = self.resolved.services.iter();
        services
            .map(|service| {
                let name = &service.name.text;
                let lowered = ir::Service {
                    docs: service.docs.text.clone(),
                    file: self.resolved[service.module].path.clone(),
                    rust: names::rust_field(name),
                    methods: methods.remove(name.as_str()).unwrap_or_default(),
                    reserved: texts(&service.reserved),
                };
                (name.clone(), lowered)
            })
            .collect()
    }

    fn method(&self, method: &Method) -> ir::Method {
        let service = &self.resolved[method.service];
        let module = &self.resolved[service.module];
        let base = &method.rename.as_ref().unwrap_or(&method.name).text;
        let title = names::method_title(base);
        let mut lowered = ir::Method {
            kind: method.kind,
            message_title: names::message_title(&title, method.kind),
            title,
            rust: names::method_function(base),
            docs: method.docs.text.clone(),
            file: module.path.clone(),
            namespace: module.namespace_text().map(str::to_owned),
            service: service.name.text.clone(),
            params: self.named(&method.params),
            params_optional: named_id(&method.params).is_none_or(|id| self.may_be_empty(id)),
            result: self.named(&method.result),
            delivery: method.delivery.as_ref().map(|delivery| match &delivery.target {
                DeliveryTarget::All => ir::Delivery::All,
                DeliveryTarget::Caller => ir::Delivery::Caller,
                DeliveryTarget::Topic(path) => ir::Delivery::Topic { path: segments(path) },
            }),
            order: None,
            order_of_caller: false,
            subscribes: None,
            unsubscribes: None,
            errors: method.errors.iter().map(|(id, _)| self.name(*id)).collect(),
            lossy: false,
            cancel: false,
            urgent: false,
            resolves: None,
            missed: None,
            marks: lower_marks(&method.marks),
        };
        for behaviour in &method.behaviours {
            match &behaviour.kind {
                BehaviourKind::Order { key, of_caller } => {
                    lowered.order = Some(segments(key));
                    lowered.order_of_caller = *of_caller;
                }
                BehaviourKind::Subscribes(path) => lowered.subscribes = Some(segments(path)),
                BehaviourKind::Unsubscribes(path) => lowered.unsubscribes = Some(segments(path)),
                BehaviourKind::Errors(_) => {}
                BehaviourKind::Lossy => lowered.lossy = true,
                BehaviourKind::Cancel => lowered.cancel = true,
                BehaviourKind::Urgent => lowered.urgent = true,
                BehaviourKind::Resolves(path) => lowered.resolves = Some(segments(path)),
                BehaviourKind::Missed(path) => lowered.missed = Some(segments(path)),
            }
        }
        lowered
    }

    fn named(&self, ty: &Option<Type>) -> Option<DefName> {
        named_id(ty).map(|id| self.name(id))
    }

    /// Whether `{}` is a value of the definition.
    fn may_be_empty(&self, id: DefId) -> bool {
        match &self.resolved[id].shape {
            Shape::Struct(body) => {
                let fields = body.fields.iter();
                fields
                    .map(presence)
                    .all(|presence| presence != Presence::Required)
                    && body.spreads.iter().all(|spread| match &spread.ty.kind {
                        TypeKind::Name(target) => self.may_be_empty(*target),
                        _ => true,
                    })
            }
            Shape::Alias(Type {
                kind: TypeKind::Name(target),
                ..
            }) => self.may_be_empty(*target),
            _ => false,
        }
    }

    fn definition(&self, id: DefId) -> ir::Definition {
        let definition = &self.resolved[id];
        let shape = match &definition.shape {
            Shape::Struct(body) => ir::Shape::Struct(self.body(body)),
            Shape::Enum(declared) => ir::Shape::Enum(lower_enum(declared)),
            Shape::Union(union) => ir::Shape::Union(self.union(definition, union)),
            Shape::Alias(ty) => ir::Shape::Alias { ty: self.ty(ty) },
            Shape::Error { code, data, .. } => ir::Shape::Error {
                code: *code,
                data: self.body(data),
            },
        };
        ir::Definition {
            docs: definition.docs.text.clone(),
            file: self.resolved[definition.module].path.clone(),
            foreign: definition.foreign.clone(),
            rust: definition.name.text.clone(),
            inbound: self.checked.reach().inbound(id),
            outbound: self.checked.reach().outbound(id),
            marks: lower_marks(&definition.marks),
            shape,
        }
    }

    fn body(&self, body: &Struct) -> ir::Struct {
        let mut flatten = Vec::new();
        let mut rest = None;
        for spread in &body.spreads {
            let rust = names::rust_field(&spread.name.text);
            let docs = spread.docs.text.clone();
            match &spread.ty.kind {
                TypeKind::Name(target) => flatten.push(ir::Flatten {
                    rust,
                    docs,
                    target: self.name(*target),
                }),
                TypeKind::Map(_, values) => {
                    rest = Some(ir::Rest {
                        rust,
                        docs,
                        values: self.ty(values),
                        droppable: spread.marks.droppable.is_some(),
                    });
                }
                // `check` has refused every other spread.
                _ => {}
            }
        }
        ir::Struct {
            closed: body.closed.is_some(),
            bare: text(&body.bare),
            fields: body.fields.iter().map(|field| self.field(field)).collect(),
            flatten,
            rest,
            reserved: texts(&body.reserved),
        }
    }

    fn field(&self, field: &Field) -> ir::Field {
        let ty = match &field.ty.kind {
            TypeKind::Nullable(inner) => inner,
            _ => &field.ty,
        };
        let mut accepts = Vec::new();
        let mut accepts_not = Vec::new();
        for accepted in &field.accepts {
            match accepted {
                Accepts::Null(_) => {}
                Accepts::Name(name) => accepts.push(name.text.clone()),
                Accepts::Not(name) => accepts_not.push(name.text.clone()),
            }
        }
        ir::Field {
            name: field.name.text.clone(),
            rust: names::rust_field(base(&field.name, &field.rename)),
            docs: field.docs.text.clone(),
            ty: self.ty(ty),
            presence: presence(field),
            default: field.default.as_ref().map(|literal| literal.value.clone()),
            accepts,
            accepts_not,
            marks: lower_marks(&field.marks),
        }
    }

    fn union(&self, definition: &Definition, union: &Union) -> ir::Union {
        ir::Union {
            open: union.open.is_some(),
            fallback: union
                .open
                .is_some()
                .then(|| names::fallback_title(&definition.name.text)),
            tagging: match &union.tagging {
                ast::Tagging::Internal(tag) => ir::Tagging::Internal {
                    tag: tag.text.clone(),
                },
                ast::Tagging::Adjacent(tag, content) => ir::Tagging::Adjacent {
                    tag: tag.text.clone(),
                    content: content.text.clone(),
                },
                ast::Tagging::External(_) => ir::Tagging::External,
                ast::Tagging::Untagged(_) => ir::Tagging::Untagged,
            },
            members: union
                .members
                .iter()
                .map(|member| self.member(&definition.name.text, member))
                .collect(),
            reserved: texts(&union.reserved),
        }
    }

    fn member(&self, definition: &str, member: &UnionMember) -> ir::Member {
        let base = base(&member.name, &member.rename);
        ir::Member {
            name: member.name.text.clone(),
            rust: names::rust_variant(base),
            title: names::member_title(definition, base),
            docs: member.docs.text.clone(),
            accepts: texts(&member.accepts),
            marks: lower_marks(&member.marks),
            content: match &member.content {
                MemberContent::None => Content::None,
                MemberContent::Fields(body) => Content::Fields {
                    rust: names::member_struct(definition, base),
                    body: self.body(body),
                },
                MemberContent::Type(ty) => Content::Type { ty: self.ty(ty) },
            },
        }
    }

    fn ty(&self, ty: &Type) -> ir::Type {
        let boxed = |inner: &Type| Box::new(self.ty(inner));
        match &ty.kind {
            TypeKind::Scalar(scalar) => ir::Type::Scalar(*scalar),
            TypeKind::Constant(literal) => ir::Type::Constant(literal.value.clone()),
            TypeKind::Name(id) => ir::Type::Ref(self.name(*id)),
            TypeKind::List(inner) => ir::Type::List(boxed(inner)),
            TypeKind::Map(key, value) => ir::Type::Map(boxed(key), boxed(value)),
            TypeKind::Tuple(items) => ir::Type::Tuple(items.iter().map(|item| self.ty(item)).collect()),
            TypeKind::Nullable(inner) => ir::Type::Nullable(boxed(inner)),
        }
    }
}

/// The row of the table of presence that a field stands in.
fn presence(field: &Field) -> Presence {
    let optional = field.optional.is_some();
    let nullable = matches!(field.ty.kind, TypeKind::Nullable(_));
    let accepts_null = field
        .accepts
        .iter()
        .any(|accepted| matches!(accepted, Accepts::Null(_)));
    if field.patch.is_some() {
        return Presence::Patch;
    }
    match (optional, field.default.is_some(), nullable) {
        (true, true, _) => Presence::OmittedDefault,
        (false, true, _) => Presence::Default,
        (true, false, true) => Presence::OptionalNullable,
        (true, false, false) if accepts_null => Presence::OptionalAcceptsNull,
        (true, false, false) => Presence::Optional,
        (false, false, true) => Presence::Nullable,
        (false, false, false) => Presence::Required,
    }
}

fn lower_enum(declared: &ast::Enum) -> ir::Enum {
    ir::Enum {
        open: declared.open.is_some(),
        members: declared
            .members
            .iter()
            .map(|member| ir::EnumMember {
                name: member.name.text.clone(),
                rust: names::rust_variant(base(&member.name, &member.rename)),
                docs: member.docs.text.clone(),
                accepts: texts(&member.accepts),
                marks: lower_marks(&member.marks),
            })
            .collect(),
        reserved: texts(&declared.reserved),
    }
}

fn lower_gate(gate: &ast::Gate, docs: &Docs) -> ir::Gate {
    let capability = gate.capability.as_ref();
    ir::Gate {
        docs: docs.text.clone(),
        capability: ir::Capability {
            path: capability
                .map(|capability| below_params(&capability.path))
                .unwrap_or_default(),
            member: capability.and_then(|capability| text(&capability.member)),
        },
        reason: text(&gate.reason).unwrap_or_default(),
        owner: text(&gate.owner),
        decide_by: text(&gate.decide_by),
    }
}

fn lower_marks(marks: &ast::Marks) -> ir::Marks {
    ir::Marks {
        gate: marks.gate.as_ref().map(|gate| {
            Box::new(ir::GateUse {
                name: gate.name.text.clone(),
                otherwise: gate.otherwise.as_ref().map(|literal| literal.value.clone()),
                because: text(&gate.because),
            })
        }),
        droppable: marks.droppable.is_some(),
        deprecated: text(&marks.deprecated),
        since: text(&marks.since),
        legacy: marks.legacy.is_some(),
        visibility: match (marks.only_rust, marks.omit_json) {
            (Some(_), _) => Visibility::OnlyRust,
            (None, Some(_)) => Visibility::OmitJson,
            (None, None) => Visibility::Everywhere,
        },
    }
}

fn named_id(ty: &Option<Type>) -> Option<DefId> {
    match ty.as_ref()?.kind {
        TypeKind::Name(id) => Some(id),
        _ => None,
    }
}

/// What derived names start from.
fn base<'a>(name: &'a Name, rename: &'a Option<Name>) -> &'a str {
    &rename.as_ref().unwrap_or(name).text
}

fn segments(path: &Path) -> Vec<String> {
    texts(&path.segments)
}

fn below_params(path: &Path) -> Vec<String> {
    texts(path.segments.get(1..).unwrap_or_default())
}

fn texts(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| name.text.clone()).collect()
}

fn text(name: &Option<Name>) -> Option<String> {
    name.as_ref().map(|name| name.text.clone())
}
