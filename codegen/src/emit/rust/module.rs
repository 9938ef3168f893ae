//! One emitted file of types: the file of one IDL file.
//!
//! In: the plan and an IDL file. Out: its text: head, imports, and every definition in IDL order. Names of definitions
//! begin with a capital and modules do not, so what the runtime offers is called through `json::`, which nothing hides.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::code::{Code, line, quoted};
use super::plan::Plan;
use crate::emit::{EmitOptions, names};
use crate::ir::{DefName, Marks, Module, Scalar, Shape, Type};

/// A file that is being written.
pub(super) struct File<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) code: Code,
    file: &'a str,
    imports: RefCell<Imports<'a>>,
    /// Types that get thin serde implementations.
    pub(super) thin: Vec<&'a str>,
}

#[derive(Default)]
struct Imports<'a> {
    /// By the path below the crate, empty for the root.
    own: BTreeMap<Option<&'a str>, BTreeSet<&'a str>>,
    runtime: BTreeSet<&'static str>,
    constants: bool,
}

/// Writes the file of `module`.
pub(super) fn file<'a>(plan: &'a Plan<'a>, module: &'a Module, options: &EmitOptions) -> String {
    let mut file = File {
        plan,
        code: Code::default(),
        file: &module.file,
        imports: RefCell::default(),
        thin: Vec::new(),
    };
    for (name, definition) in &plan.protocol.definitions {
        if definition.file != module.file {
            continue;
        }
        file.code.blank();
        match &definition.shape {
            Shape::Struct(body) => file.struct_definition(name, definition, body),
            Shape::Error { code, data } => {
                file.struct_definition(name, definition, data);
                file.error_code(definition, *code);
            }
            Shape::Enum(body) => file.enum_definition(name, definition, body),
            Shape::Union(body) => file.union_definition(name, definition, body),
            Shape::Alias { ty } => {
                file.head(&definition.docs, &definition.marks);
                let name = &definition.rust;
                let ty = file.ty(name, ty);
                line!(file.code, "pub type {name} = {ty};");
            }
        }
    }
    file.finish(module, options)
}

impl<'a> File<'a> {
    fn finish(mut self, module: &Module, options: &EmitOptions) -> String {
        if !self.thin.is_empty() {
            let names: Vec<String> = self.thin.iter().map(|&name| name.to_owned()).collect();
            self.code.blank();
            line!(self.code, "#[cfg(feature = \"serde\")]");
            self.code.filled("wiregate_runtime::impl_serde!(", &names, ");");
        }
        let mut head = Code::default();
        line!(head, "// {}", options.note(Some(&module.file)));
        if !module.docs.is_empty() {
            head.blank();
            head.inner_docs(&module.docs);
        }
        head.blank();
        let body = self.code.into_text();
        let imports = self.imports.into_inner();
        if imports.constants {
            line!(head, "use crate::constants;");
        }
        for (namespace, names) in imports.own {
            let path = match namespace {
                None => "crate".to_owned(),
                Some(namespace) => format!("crate::{}", namespace_path(namespace)),
            };
            import(&mut head, &path, names.into_iter());
        }
        for module in ["gates", "json"] {
            if body.contains(&format!("{module}::")) {
                line!(head, "use wiregate_runtime::{module};");
            }
        }
        import(&mut head, "wiregate_runtime", imports.runtime.iter().copied());
        head.into_text() + &body
    }

    /// The comment and attributes of an item.
    pub(super) fn head(&mut self, docs: &str, marks: &Marks) {
        self.code.docs(docs);
        if let Some(reason) = &marks.deprecated {
            line!(self.code, "#[deprecated(note = {})]", quoted(reason));
        }
    }

    /// The Rust type of `ty` where `owner` holds it without a list or map between.
    pub(super) fn ty(&self, owner: &str, ty: &'a Type) -> String {
        self.ty_at(Some(owner), ty)
    }

    fn ty_at(&self, owner: Option<&str>, ty: &'a Type) -> String {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar).to_owned(),
            Type::Constant(value) => format!("constants::{}", self.constant_type(value)),
            Type::List(item) => format!("Vec<{}>", self.ty_at(None, item)),
            Type::Nullable(inner) => format!("Option<{}>", self.ty_at(owner, inner)),
            Type::Map(key, value) => {
                let (key, value) = (self.ty_at(None, key), self.ty_at(None, value));
                format!("{}<{key}, {value}>", self.runtime("Map"))
            }
            Type::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.ty_at(owner, item)).collect();
                match items.as_slice() {
                    [only] => format!("({only},)"),
                    _ => format!("({})", items.join(", ")),
                }
            }
            Type::Ref(name) => {
                let path = self.definition(name).to_owned();
                if owner.is_some_and(|owner| self.is_boxed(owner, name)) {
                    format!("Box<{path}>")
                } else {
                    path
                }
            }
        }
    }

    /// Whether `owner` holds this definition, or what it is an alias of, in a box.
    pub(super) fn is_boxed(&self, owner: &str, name: &'a DefName) -> bool {
        self.plan.boxes.contains(owner, &self.plan.definition(name).rust)
    }

    /// The Rust name of a definition, which is imported where it is another file's.
    pub(super) fn definition(&self, name: &'a DefName) -> &'a str {
        let definition = &self.plan.protocol.definitions[name];
        self.import_own(&definition.file, name.namespace(), &definition.rust)
    }

    /// A name of another module of the crate.
    pub(super) fn import_own(&self, file: &str, namespace: Option<&'a str>, rust: &'a str) -> &'a str {
        if file != self.file {
            self.imports
                .borrow_mut()
                .own
                .entry(namespace)
                .or_default()
                .insert(rust);
        }
        rust
    }

    /// The name of a type of the runtime: in full, where a definition has it too.
    pub(super) fn runtime(&self, name: &'static str) -> String {
        if !self.plan.is_free(name) {
            return format!("wiregate_runtime::{name}");
        }
        self.imports.borrow_mut().runtime.insert(name);
        name.to_owned()
    }

    /// The name of a constant's type.
    pub(super) fn constant_type(&self, value: &serde_json::Value) -> &'a str {
        self.imports.borrow_mut().constants = true;
        &self.plan.constants[&value.to_string()]
    }

    fn scalar(&self, scalar: Scalar) -> String {
        match scalar {
            Scalar::String => "String".to_owned(),
            Scalar::Bool => "bool".to_owned(),
            Scalar::I8 => "i8".to_owned(),
            Scalar::I16 => "i16".to_owned(),
            Scalar::I32 => "i32".to_owned(),
            Scalar::I64 => "i64".to_owned(),
            Scalar::U8 => "u8".to_owned(),
            Scalar::U16 => "u16".to_owned(),
            Scalar::U32 => "u32".to_owned(),
            Scalar::U64 => "u64".to_owned(),
            Scalar::F64 => "f64".to_owned(),
            Scalar::BigInt => self.runtime("BigInt"),
            Scalar::Json => self.runtime("Json"),
            Scalar::Path => self.runtime("AbsolutePath"),
            Scalar::Base64 => self.runtime("Base64"),
            Scalar::Uuid => self.runtime("Uuid"),
        }
    }
}

/// The path of a namespace below the crate.
pub(super) fn namespace_path(namespace: &str) -> String {
    names::rust_ident(&names::namespace_module(namespace))
}

/// `json::Constant::Text("object")`
pub(super) fn constant_expression(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => format!("json::Constant::Text({})", quoted(text)),
        serde_json::Value::Bool(value) => format!("json::Constant::Bool({value})"),
        other => format!("json::Constant::Integer({other})"),
    }
}

fn import<'n>(code: &mut Code, path: &str, names: impl ExactSizeIterator<Item = &'n str>) {
    let names: Vec<String> = names.map(str::to_owned).collect();
    match names.as_slice() {
        [] => {}
        [name] => line!(code, "use {path}::{name};"),
        _ => code.filled(&format!("use {path}::{{"), &names, "};"),
    }
}
