//! The grammar: a file that uses every construct is read, and nothing of it is lost.

use serde_json::json;
use wiregate_codegen::ast::{
    Accepts, BehaviourKind, Definition, DeliveryTarget, File, ItemKind, MemberContent, MethodKind, Service,
    Shape, Struct, Tagging, TypeKind, Union,
};
use wiregate_codegen::diagnostics::Diagnostics;
use wiregate_codegen::parse::parse;
use wiregate_codegen::source::SourceMap;

const TEXT: &str = include_str!("parse/everything.idl");

fn everything() -> File {
    let sources = SourceMap::from_files([("file.idl".to_owned(), TEXT.into())]);
    let mut diagnostics = Diagnostics::new();
    let mut files = parse(&sources, &mut diagnostics);
    let faults: Vec<String> = diagnostics
        .into_sorted()
        .iter()
        .map(|fault| {
            let span = fault.span.expect("a fault of a text has a place");
            let (line, column) = sources.line_column(span.file, span.start as usize);
            format!("{line}:{column}: {}", fault.message)
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    files.pop().expect("one file")
}

fn definition<'a>(file: &'a File, name: &str) -> &'a Definition {
    let mut definitions = file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Definition(definition) => Some(definition),
        _ => None,
    });
    definitions
        .find(|definition| definition.name.text == name)
        .expect("it is declared")
}

fn structure<'a>(file: &'a File, name: &str) -> &'a Struct {
    match &definition(file, name).shape {
        Shape::Struct(shape) => shape,
        other => panic!("{name} is {other:?}"),
    }
}

fn union<'a>(file: &'a File, name: &str) -> &'a Union {
    match &definition(file, name).shape {
        Shape::Union(shape) => shape,
        other => panic!("{name} is {other:?}"),
    }
}

fn service(file: &File) -> &Service {
    let mut services = file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Service(service) => Some(service),
        _ => None,
    });
    services.next().expect("there is a service")
}

#[test]
fn the_head_of_a_file() {
    let file = everything();
    assert_eq!(
        file.docs.text,
        "Every construct of the language in one file.\n\nRead by `tests/parse.rs`, which knows what must come out."
    );
    assert_eq!(file.namespace.map(|name| name.text).as_deref(), Some("v2"));
    let modules: Vec<String> = file
        .uses
        .iter()
        .map(|import| {
            import
                .module
                .iter()
                .map(|name| name.text.as_str())
                .collect::<Vec<_>>()
                .join(".")
        })
        .collect();
    assert_eq!(modules, ["permissions", "v1.deep", "other"]);
    let alias = file.uses[0].names[1]
        .alias
        .as_ref()
        .map(|name| name.text.as_str());
    assert_eq!(alias, Some("Approval"));
    assert_eq!(file.items.len(), 21);
}

#[test]
fn methods() {
    let file = everything();
    let service = service(&file);
    let kinds: Vec<MethodKind> = service.methods.iter().map(|method| method.kind).collect();
    use MethodKind::{ClientNotification, ClientRequest, ServerNotification, ServerRequest};
    assert_eq!(
        kinds,
        [
            ClientRequest,
            ClientRequest,
            ClientRequest,
            ClientNotification,
            ServerNotification,
            ServerNotification,
            ServerNotification,
            ServerRequest
        ]
    );
    let [start, open, close, ready, to_all, to_topic, to_caller, _] = service.methods.as_slice() else {
        panic!("eight methods");
    };
    assert_eq!(
        (start.name.text.as_str(), start.docs.text.as_str()),
        ("thread/start", "Starts a thread.")
    );
    let [subscribes, errors, order] = start.behaviours.as_slice() else {
        panic!("three entries");
    };
    assert!(matches!(&subscribes.kind, BehaviourKind::Subscribes(path) if path.segments.len() == 3));
    assert!(matches!(&errors.kind, BehaviourKind::Errors(names) if names[1].text == "Busy"));
    assert!(
        matches!(&order.kind, BehaviourKind::Order { key, of_caller: false } if key.segments[2].text == "type")
    );
    assert_eq!(
        open.rename.as_ref().map(|name| name.text.as_str()),
        Some("OpenThread")
    );
    assert!(open.marks.gate.is_some() && open.marks.deprecated.is_some());
    assert_eq!(close.behaviours.len(), 4);
    assert!(matches!(
        &close.behaviours[0].kind,
        BehaviourKind::Order { of_caller: true, .. }
    ));
    assert!(ready.params.is_none() && ready.result.is_none() && ready.delivery.is_none());
    let target =
        |method: &wiregate_codegen::ast::Method| method.delivery.clone().map(|delivery| delivery.target);
    assert!(matches!(target(to_all), Some(DeliveryTarget::All)));
    assert!(
        matches!(target(to_topic), Some(DeliveryTarget::Topic(path)) if path.segments[1].text == "threadId")
    );
    assert!(matches!(target(to_caller), Some(DeliveryTarget::Caller)));
    assert_eq!(service.reserved[0].text, "thread/old");
}

#[test]
fn fields() {
    let file = everything();
    let shape = structure(&file, "Presence");
    let field = |name: &str| {
        shape
            .fields
            .iter()
            .find(|field| field.name.text == name)
            .expect("it is a field")
    };
    assert!(
        matches!(field("nullable").ty.kind, TypeKind::Nullable(_)) && field("nullable").optional.is_none()
    );
    assert!(matches!(field("both").ty.kind, TypeKind::Nullable(_)) && field("both").optional.is_some());
    assert!(matches!(field("lenient").accepts[..], [Accepts::Null(_)]));
    assert_eq!(field("default").docs.text, "A default.\n\nTwo paragraphs.");
    assert_eq!(
        field("default").default.as_ref().map(|d| &d.value),
        Some(&json!(["text", "image"]))
    );
    assert_eq!(
        field("omitted_default").default.as_ref().map(|d| &d.value),
        Some(&json!({ "type": "fullAccess", "n": -1500.0, "deep": [[{}], null, true] }))
    );
    assert!(field("patched").patch.is_some() && field("patch").patch.is_none());
    let TypeKind::Map(_, value) = &field("patched").ty.kind else {
        panic!("a map");
    };
    assert!(matches!(&value.kind, TypeKind::Tuple(types) if types.len() == 3));
    let renamed = field("renamed");
    assert_eq!(
        renamed.rename.as_ref().map(|name| name.text.as_str()),
        Some("big")
    );
    assert!(
        matches!(&renamed.accepts[..], [Accepts::Name(a), Accepts::Name(b)] if a.text == "old_name" && b.text == "olderName")
    );
    assert!(matches!(&field("inverted").accepts[..], [Accepts::Not(name)] if name.text == "turned"));
    for (name, value) in [
        ("type", json!("constant")),
        ("const", json!(-1)),
        ("enum", json!(true)),
        ("open", json!(7)),
    ] {
        assert!(matches!(&field(name).ty.kind, TypeKind::Constant(constant) if constant.value == value));
    }
    let gate = field("gated").marks.gate.as_ref().expect("it is gated");
    assert_eq!(
        gate.otherwise.as_ref().map(|literal| &literal.value),
        Some(&json!("untrusted"))
    );
    assert_eq!(
        gate.because.as_ref().map(|reason| reason.text.as_str()),
        Some("stricter")
    );
    let schema = field("$schema").span.range();
    assert_eq!(&TEXT[schema], "\"$schema\"?: uuid");
    let reserved: Vec<&str> = shape.reserved.iter().map(|name| name.text.as_str()).collect();
    assert_eq!(reserved, ["gone", "gone too"]);
    let [thread, rest] = shape.spreads.as_slice() else {
        panic!("two spreads");
    };
    assert!(thread.marks.droppable.is_some() && matches!(thread.ty.kind, TypeKind::Name(_)));
    assert_eq!(
        (rest.name.text.as_str(), rest.docs.text.as_str()),
        ("rest", "What is left.")
    );
    let bare = structure(&file, "Bare");
    assert!(bare.closed.is_some() && bare.bare.as_ref().is_some_and(|name| name.text == "path"));
}

#[test]
fn enums_and_unions() {
    let file = everything();
    let Shape::Enum(mode) = &definition(&file, "SandboxMode").shape else {
        panic!("an enum");
    };
    assert!(mode.open.is_none() && mode.reserved[0].text == "danger");
    assert_eq!(mode.members[1].accepts.len(), 2);
    let ask = union(&file, "AskForApproval");
    assert!(matches!(ask.tagging, Tagging::External(_)) && ask.reserved.len() == 1);
    let granular = &ask.members[2];
    assert!(matches!(&granular.content, MemberContent::Fields(fields) if fields.fields.len() == 2));
    let marks = &granular.marks;
    let all = [marks.legacy, marks.omit_json, marks.only_rust];
    assert!(all.iter().all(Option::is_some) && marks.since.is_some());
    let allowed: Vec<&str> = marks.allow.iter().map(|allow| allow.code.text.as_str()).collect();
    assert_eq!(allowed, ["ambiguous-union", "missing-docs"]);
    let item = union(&file, "ThreadItem");
    assert!(item.open.is_some() && matches!(&item.tagging, Tagging::Internal(tag) if tag.text == "type"));
    assert!(matches!(item.members[2].content, MemberContent::None));
    let frame = union(&file, "Frame");
    assert!(
        matches!(&frame.tagging, Tagging::Adjacent(tag, content) if tag.text == "kind" && content.text == "data")
    );
    assert!(matches!(frame.members[0].content, MemberContent::Type(_)));
    let id = union(&file, "RequestId");
    assert!(matches!(id.tagging, Tagging::Untagged(_)) && id.members[2].name.text == "odd name");
}

#[test]
fn errors_and_foreign_schemas() {
    let file = everything();
    let Shape::Error { code, data, .. } = &definition(&file, "ConfigInvalid").shape else {
        panic!("an error");
    };
    assert_eq!((*code, data.fields.len(), data.spreads.len()), (-32600, 2, 1));
    let foreign = file.items.iter().find_map(|item| match &item.kind {
        ItemKind::Foreign(foreign) => Some(foreign),
        _ => None,
    });
    let names: Vec<(bool, &str)> = foreign
        .expect("there is a foreign schema")
        .names
        .iter()
        .map(|name| (name.openness.is_some(), name.name.text.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (true, "ResponseItem"),
            (true, "open"),
            (false, "WebSearchAction"),
            (false, "open")
        ]
    );
}
