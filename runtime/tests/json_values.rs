//! What the reader and the writer make of single values, and the types of the language's scalars.

use wiregate_runtime::json::{self, Constant, Decode, DecodeError, DecodeErrorKind, Json, Reader, Shape};
use wiregate_runtime::{AbsolutePath, Base64, Map, Uuid};

fn refused<T: Decode + std::fmt::Debug>(text: &str) -> DecodeError {
    json::from_str::<T>(text).expect_err(text)
}

fn written<T: json::Encode + ?Sized>(value: &T) -> String {
    json::to_string(value).expect("it can be written")
}

#[test]
fn malformed_text_is_never_hidden_by_a_value_of_another_type() {
    for text in ["[1,2", "[\"a\",nul]", "{\"a\":tru}", "[1] x", "[5,\"\\x\"]"] {
        let error = refused::<Vec<String>>(text);
        assert_eq!(error.kind(), DecodeErrorKind::Syntax, "{text}: {error}");
    }
    assert_eq!(refused::<Vec<String>>("[5]").kind(), DecodeErrorKind::Shape);
    let not_text = json::from_slice::<String>(b"\"a\xff\"").expect_err("it is not UTF-8");
    assert_eq!((not_text.kind(), not_text.byte()), (DecodeErrorKind::Syntax, 2));
}

#[test]
fn errors_say_where_what_was_expected_and_what_was_found() {
    let error = refused::<Map<String, Vec<u32>>>("{\n  \"a\": [1,\n  \"ü\", -1]}");
    assert_eq!(error.path(), "a[1]");
    assert_eq!((error.expected(), error.found()), ("u32", "\"ü\""));
    assert_eq!(error.line_column(), (3, 3));
    assert_eq!(error.to_string(), "a[1]: expected u32, found \"ü\"");
    let syntax = refused::<Vec<u32>>("[1,\n\"ü\" 2]");
    assert_eq!(
        syntax.to_string(),
        "line 2 column 5: expected `,` or `]`, found `2`"
    );
}

#[test]
fn strings_are_escaped_where_they_must_be_and_nowhere_else() {
    for text in [
        "",
        "plain",
        "quote\" and \\ and / and é and 😀",
        "\0\u{1f}\u{7f}\n\r\t\u{8}\u{c}",
        "12345678\"",
        "1234567\\8",
    ] {
        let ours = written(text);
        assert_eq!(ours, serde_json::to_string(text).expect("it can be written"));
        assert_eq!(json::from_str::<String>(&ours).as_deref(), Ok(text));
    }
}

#[test]
fn doubles_are_written_as_serde_json_does_and_read_back_the_same() {
    for value in [
        0.0,
        -0.0,
        1.0,
        0.1,
        -1.5e300,
        5e-324,
        f64::MAX,
        1e21,
        123_456_789.0,
    ] {
        assert_eq!(
            written(&value),
            serde_json::to_string(&value).expect("it can be written")
        );
        assert_eq!(
            json::from_str::<f64>(&written(&value)).map(f64::to_bits),
            Ok(f64::to_bits(value))
        );
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = json::to_string(&vec![1.0, value]).expect_err("JSON has no such number");
        assert_eq!((error.path(), error.what()), ("[1]", "a finite number"));
    }
}

#[test]
fn the_first_number_that_cannot_be_written_is_reported_with_its_place() {
    let map = Map::from_iter([
        ("a".to_owned(), vec![1_u64, 2]),
        ("b".to_owned(), vec![3, 1 << 53, u64::MAX]),
    ]);
    let error = json::to_string(&map).expect_err("JavaScript would round it");
    assert_eq!((error.path(), error.value()), ("b[1]", "9007199254740992"));
    assert_eq!(
        written(&vec![(1_i64 << 53) - 1, 1 - (1 << 53)]),
        "[9007199254740991,-9007199254740991]"
    );
}

#[test]
fn raw_values_keep_their_text_but_for_line_breaks() {
    let text = "{\"b\": [1.50,  2e0],\"a\":\"\\u0041\"}";
    let value: Json = json::from_str(text).expect("it is JSON");
    assert_eq!(value.text(), text);
    let broken: Json = json::from_str("{\r\n  \"b\": [1.50,\n2e0], \"a\": \"A\" }\n").expect("it is JSON");
    assert_eq!(broken.text(), "{  \"b\": [1.50,2e0], \"a\": \"A\" }");
    assert_eq!(broken, value);
    assert_ne!(json::from_str::<Json>("[1]").expect("it is JSON"), value);
}

#[test]
fn values_pass_through_any_serde_format() {
    let path: AbsolutePath = serde_json::from_str("\"/a/./b\"").expect("it is absolute");
    assert_eq!(
        serde_json::to_value(&path).expect("it can be written"),
        serde_json::json!("/a/b")
    );
    let error = serde_json::from_str::<AbsolutePath>("\"a\"").expect_err("it is relative");
    assert!(
        error
            .to_string()
            .starts_with("expected an absolute path, found \"a\""),
        "{error}"
    );
}

#[test]
fn paths_are_absolute_and_normalised_by_their_text() {
    for (text, normal) in [
        ("/", "/"),
        ("/a/../b/./c", "/b/c"),
        ("/../a", "/a"),
        ("//a///b/", "/a/b"),
        ("/a/..", "/"),
    ] {
        assert_eq!(AbsolutePath::new(text).expect(text).as_str(), normal);
    }
    for text in ["", "a", "./a", "~/a", "../a"] {
        assert!(AbsolutePath::new(text).is_none(), "{text}");
    }
}

/// RFC 4648, section 10, and texts that stand for the same bytes in a looser reading.
#[test]
fn base64_is_read_strictly() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(Base64::from(bytes.as_bytes().to_vec()).to_text(), text);
        assert_eq!(Base64::from_text(text).as_deref(), Some(bytes.as_bytes()));
    }
    assert_eq!(
        Base64::from_text("+/+/").as_deref(),
        Some(&[0xfb, 0xff, 0xbf][..])
    );
    for text in [
        "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=Zg=", "Zm 9v", "-_-_", "Zg==Zg==", "Zm9v\n",
    ] {
        assert!(Base64::from_text(text).is_none(), "{text}");
    }
}

#[test]
fn uuids_are_compared_without_regard_to_case() {
    let upper = Uuid::new("0199A3C4-8D5E-7A11-9B0C-3F2D6C1E5A70").expect("it is a UUID");
    assert_eq!(upper.as_str(), "0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a70");
    for text in [
        "",
        "0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a7",
        "0199a3c48d5e-7a11-9b0c-3f2d6c1e5a701",
        "{0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a}",
    ] {
        assert!(Uuid::new(text).is_none(), "{text}");
    }
}

/// A struct of more members than the reader keeps bits for.
struct Wide {
    first: Option<u32>,
    others: [Option<u32>; 70],
    y: Option<u32>,
    z: u32,
}

impl Decode for Wide {
    fn blank() -> Self {
        Self {
            first: None,
            others: [None; 70],
            y: None,
            z: 0,
        }
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.optional("first", &mut self.first);
            for other in &mut self.others {
                fields.optional("other", other);
            }
            fields.optional("y", &mut self.y);
            fields.old("zed").required("z", &mut self.z);
        }
    }
}

#[test]
fn members_beyond_the_64th_are_refused_twice_too() {
    let text = "{\"z\":1,\"x\":{\"z\":2},\"y\":3,\"first\":4}";
    let wide: Wide = json::from_str(text).expect("each stands once");
    assert_eq!((wide.z, wide.y, wide.first), (1, Some(3), Some(4)));
    let error = json::from_str::<Wide>("{\"y\":1}")
        .map(|wide| wide.z)
        .expect_err("no z");
    assert_eq!(error.to_string(), "z: missing");
    for text in [
        "{\"z\":1,\"y\":2,\"z\":3}",
        "{\"zed\":1,\"z\":3}",
        "{\"z\":1,\"\\u007a\":3}",
    ] {
        let error = json::from_str::<Wide>(text).map(|wide| wide.z).expect_err(text);
        assert_eq!(error.to_string(), "z: given twice", "{text}");
    }
}

/// A struct with a member of each way to be read.
#[derive(Clone, Debug, Default, PartialEq)]
struct Note {
    id: u32,
    title: Option<String>,
    quiet: bool,
    more: Map<String, u32>,
}

impl Decode for Note {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.required("id", &mut self.id);
            fields.present("ti\\\\tle", &mut self.title);
            fields.opposite("loud").optional("quiet", &mut self.quiet);
            if fields.is_opposite() {
                self.quiet = !self.quiet;
            }
            fields.rest(&mut self.more);
        }
    }
}

#[test]
fn names_that_differ_in_one_character_are_two_names() {
    static NAME: &str = "abcdefghijklmnopqrstuvwx";
    let read = |name: &'static str, text: &str| {
        let (mut value, mut r) = (None::<bool>, Reader::new(text));
        let mut fields = r.fields();
        while fields.more() {
            fields.optional(name, &mut value);
        }
        value
    };
    for length in 1..=NAME.len() {
        let name = &NAME[..length];
        assert_eq!(read(name, &format!("{{\"{name}\":true}}")), Some(true), "{name}");
        for at in 0..length {
            let mut other = name.to_owned();
            other.replace_range(at..=at, "-");
            assert_eq!(read(name, &format!("{{\"{other}\":true}}")), None, "{other}");
        }
    }
}

#[test]
fn members_are_read_in_any_order_and_spelling() {
    let note = Note {
        id: 1,
        title: Some("t".to_owned()),
        quiet: true,
        more: Map::from_iter([("a".to_owned(), 2), ("é".to_owned(), 3)]),
    };
    for text in [
        r#"{"id":1,"ti\\tle":"t","quiet":true,"a":2,"é":3}"#,
        r#"{ "a":2, "\u00e9" : 3, "loud":false, "ti\u005ctle":"t", "\u0069d":1 }"#,
        r#"{"a":9,"quiet":true,"a":2,"é":3,"\u0074i\\tle":"t","id":1}"#,
    ] {
        assert_eq!(json::from_str::<Note>(text), Ok(note.clone()), "{text}");
    }
    for (text, message) in [
        (r#"{}"#, "id: missing"),
        (r#"{"id":1,"\u0069d":1}"#, "id: given twice"),
        (r#"{"loud":true,"id":1,"quiet":true}"#, "quiet: given twice"),
        (
            r#"{"id":1,"ti\\tle":null}"#,
            r#"ti\tle: expected a string, found null"#,
        ),
        (r#"{"id":1,"b":"c"}"#, "b: expected u32, found \"c\""),
        (
            r#"{"id":1,}"#,
            "line 1 column 9: expected the name of a member, found `}`",
        ),
    ] {
        assert_eq!(refused::<Note>(text).to_string(), message, "{text}");
    }
}

/// A union of two objects that nothing tells apart until their innermost value is read.
#[derive(Debug)]
enum Nest {
    One,
    Two,
    End,
}

#[derive(Debug)]
struct Inner;

impl Decode for Inner {
    fn blank() -> Self {
        Self
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut inner = Nest::End;
        let mut fields = r.fields();
        while fields.more() {
            fields.required("in", &mut inner);
        }
    }
}

impl Decode for Nest {
    fn blank() -> Self {
        Self::End
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        r.kind();
        if r.attempt_constant(&Constant::Text("end")) {
            return;
        }
        let shape = || Shape {
            required: &[&["in"]],
            constants: &[],
            only: None,
        };
        let shapes = r.shapes(&[shape(), shape()]);
        *self = if r.value_of_shape::<Inner>(shapes, 0).is_some() {
            Self::One
        } else if r.value_of_shape::<Inner>(shapes, 1).is_some() {
            Self::Two
        } else {
            return r.refuse("a nest");
        };
    }
}

/// Without a bound this would take 2 to the power of 100 attempts.
#[test]
fn unions_in_unions_do_not_double_the_work_at_each_level() {
    let nested = |end: &str| format!("{}{end}{}", "{\"in\":".repeat(100), "}".repeat(100));
    assert!(matches!(json::from_str(&nested("\"end\"")), Ok(Nest::One)));
    assert_eq!(refused::<Nest>(&nested("5")).kind(), DecodeErrorKind::Shape);
}
