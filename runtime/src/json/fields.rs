//! The members of an object that is read into a struct, asked for by name.
//!
//! In: a reader before an object, and the names that the struct knows, in the order of the struct. Out: the values that
//! stand there. Members usually come in the order of the struct, so that one pass over its fields reads them all; each pass
//! reads a run of members that are in order, and a member that no field asked for in a whole pass is an unknown one.
//!
//! A struct may be read from an object that others read too: a union looks for its tag and then has the member read
//! the same object, a struct has what it flattens read the same object again. Nothing is buffered.

use std::borrow::Cow;

use super::Decode;
use super::error::DecodeError;
use super::reader::{Rare, Reader};
use super::text::same_name;
use super::union::{Constant, Tag};
use crate::Map;

/// An object that is being read into a struct:
///
/// ```
/// # use wiregate_runtime::json::Reader;
/// # let mut r = Reader::new(r#"{"id":1,"extra":[],"name":"a"}"#);
/// # let (mut id, mut name) = (0_u32, None::<String>);
/// let mut fields = r.fields();
/// while fields.more() {
///     fields.required("id", &mut id);
///     fields.optional("name", &mut name);
/// }
/// # assert_eq!((id, name.as_deref()), (1, Some("a")));
/// ```
///
/// The same fields are asked for in each pass, in the same order. Names are given as they stand between the quotes, so with
/// escapes.
pub struct Fields<'r, 'a> {
    r: &'r mut Reader<'a>,
    /// Where the object opens.
    start: usize,
    /// Where the name of the member stands that was read last.
    name_at: usize,
    /// How many fields this pass has asked for.
    asked: u32,
    /// A bit for each of the first 64 fields: whether it was read, and whether it must be.
    read: u64,
    required: u64,
    pass: Pass,
    /// Whether this pass has read a member.
    progress: bool,
    /// Whether the name that stands here has escapes, so that its text is compared.
    escaped: bool,
    /// Whether the name that stands here is an old spelling of the field that is asked for next.
    old: bool,
    /// Whether it says the opposite.
    opposite: bool,
    /// A gated field, by its place among those asked for, and its gate and name.
    gated: u32,
    part: &'static [&'static str; 2],
    /// The tag of the union that this object is a member of.
    tag: Option<&'static str>,
    tag_seen: bool,
    /// Members of an enclosing struct that flattens this one.
    outer: &'static [&'static str],
}

#[derive(PartialEq)]
enum Pass {
    /// None yet.
    None,
    /// Over the members.
    Members,
    /// Behind the last member, to name the first field that is missing.
    Missing,
}

impl<'a> Reader<'a> {
    /// Opens an object, whose members are read into a struct.
    pub fn fields(&mut self) -> Fields<'_, 'a> {
        let tag = self.tag.take();
        let outer = std::mem::take(&mut self.outer);
        let mut behind = None;
        if self.peek() != Some(b'{') {
            let error = self.mismatch("an object");
            self.fail(error);
        } else if let Err(error) = self.descend() {
            self.fail(error);
        } else {
            behind = Some(self.at + 1);
            // The same object may have been read before, as something else.
            if let Some(rare) = &mut self.rare {
                rare.far.retain(|(start, _)| *start != self.at);
            }
        }
        let start = self.at;
        let mut tag_seen = false;
        if let Some(behind) = behind {
            self.at = behind;
            match tag.and_then(|tag| tag.behind) {
                Some(behind) => {
                    tag_seen = true;
                    self.at = behind;
                    self.next_member();
                }
                None if matches!(self.peek(), Some(b'"' | b'}')) => {}
                None => self.fail(self.syntax("the name of a member")),
            }
        }
        Fields {
            start,
            name_at: start,
            r: self,
            asked: 0,
            read: 0,
            required: 0,
            pass: Pass::None,
            progress: false,
            escaped: false,
            old: false,
            opposite: false,
            gated: u32::MAX,
            part: &["", ""],
            tag: tag.map(|tag| tag.name),
            tag_seen,
            outer,
        }
    }

    /// Goes to the next member, or before the end.
    #[inline]
    fn next_member(&mut self) {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                if self.peek() != Some(b'"') {
                    self.fail(self.syntax("the name of a member"));
                }
            }
            Some(b'}') => {}
            _ => self.fail(self.syntax("`,` or `}`")),
        }
    }

    /// Steps over all members but the tag.
    pub fn no_members(&mut self) {
        let mut fields = self.fields();
        while fields.more() {}
    }
}

impl<'a> Fields<'_, 'a> {
    /// Begins a pass over the fields; false when the object is closed, or there was a fault.
    pub fn more(&mut self) -> bool {
        if self.r.failed() {
            return false;
        }
        match self.pass {
            Pass::None => self.pass = Pass::Members,
            Pass::Members => {
                if !self.progress {
                    self.step_over();
                }
                self.progress = false;
                if self.is_behind_last() {
                    if self.required & !self.read == 0 && self.asked <= u64::BITS {
                        return self.close();
                    }
                    self.pass = Pass::Missing;
                }
            }
            Pass::Missing => return self.close(),
        }
        self.asked = 0;
        !self.r.failed()
    }

    /// Reads a field that must be there.
    pub fn required<T: Decode>(&mut self, name: &'static str, field: &mut T) {
        if self.is_required_here(name) {
            field.decode(self.r);
            self.next(name);
        }
    }

    /// Reads a field that need not be there.
    pub fn optional<T: Decode>(&mut self, name: &'static str, field: &mut T) {
        if self.is_here(name) {
            field.decode(self.r);
            self.next(name);
        }
    }

    /// Reads a field that need not be there, and is never null.
    pub fn present<T: Decode>(&mut self, name: &'static str, field: &mut Option<T>) {
        if self.is_here(name) {
            field.insert(T::blank()).decode(self.r);
            self.next(name);
        }
    }

    /// Reads a field whose default is no blank.
    pub fn replaced<T: Decode>(&mut self, name: &'static str, field: &mut T) {
        if self.is_here(name) {
            *field = self.r.value();
            self.next(name);
        }
    }

    /// Reads a member that must be there and has one value only.
    pub fn constant(&mut self, name: &'static str, value: &Constant) {
        if self.is_required_here(name) {
            self.r.exactly(value);
            self.next(name);
        }
    }

    /// Takes the text of the value of a member that need not be there.
    pub fn raw(&mut self, name: &'static str, text: &mut Option<&'a str>) {
        if self.is_here(name) {
            let outcome = self.r.raw();
            *text = self.r.kept(outcome);
            self.next(name);
        }
    }

    /// Says that the field that is asked for next was once spelled like this.
    pub fn old(&mut self, name: &'static str) -> &mut Self {
        self.old |= self.stands_here(name);
        self
    }

    /// Says that a boolean that is asked for next was once spelled like this, and said the opposite.
    pub fn opposite(&mut self, name: &'static str) -> &mut Self {
        if self.stands_here(name) {
            (self.old, self.opposite) = (true, true);
        }
        self
    }

    /// Says behind which gate the field stands that is asked for next, and what a refusal calls it.
    pub fn behind(&mut self, part: &'static [&'static str; 2]) -> &mut Self {
        (self.gated, self.part) = (self.asked, part);
        self
    }

    /// Whether the boolean that was asked for last was read from a member that says the opposite.
    pub fn is_opposite(&mut self) -> bool {
        std::mem::take(&mut self.opposite)
    }

    /// Refuses a member that no field asked for. Stands behind all fields.
    pub fn refuse_others(&mut self) {
        if let Some(name) = self.unknown() {
            let name = name.into_owned();
            let error = DecodeError::unknown(self.r.text.as_bytes(), self.r.at, name);
            self.r.fail(error);
        }
    }

    /// Leaves alone what is read as part of something flattened. Stands behind all fields.
    pub fn leave(&mut self, names: &[&str]) {
        if let Some(name) = self.unknown()
            && names.contains(&&*name)
        {
            self.step_over();
            self.progress = true;
        }
    }

    /// Reads a member that no field asked for into a map, where the last of several wins. Stands behind all fields.
    pub fn rest<T: Decode>(&mut self, map: &mut Map<String, T>) {
        if let Some(name) = self.unknown() {
            let name = name.into_owned();
            self.name_at = self.r.at;
            if self.go_to_value() {
                let value = self.r.value();
                self.next_of(&name);
                map.insert(name, value);
            }
        }
    }

    /// Reads the object once more, as a struct or union that stands flattened in it, behind the last pass. `outer` are the
    /// names that a map of remaining members in it leaves alone.
    pub fn flattened<T: Decode>(&mut self, field: &mut T, outer: &'static [&'static str]) {
        if self.r.failed() {
            return;
        }
        let end = self.r.at;
        self.r.at = self.start;
        self.r.tag = self.tag.map(|name| Tag { name, behind: None });
        self.r.outer = outer;
        field.decode(self.r);
        self.r.outer = &[];
        self.r.tag = None;
        if !self.r.failed() {
            self.r.at = end;
        }
    }

    fn close(&mut self) -> bool {
        if !self.r.failed() {
            self.r.at += 1;
            self.r.depth += 1;
        }
        false
    }

    fn is_behind_last(&self) -> bool {
        self.r.text.as_bytes().get(self.r.at) == Some(&b'}')
    }

    /// Whether the member that stands here is the field that is asked for next. Then the reader is before its value.
    fn is_here(&mut self, name: &'static str) -> bool {
        let index = self.asked;
        self.asked += 1;
        let old = self.old;
        if !old && !self.stands_here(name) {
            return false;
        }
        self.old = false;
        self.take(name, index, old)
    }

    /// As [`Fields::is_here`], for a field that must be there.
    fn is_required_here(&mut self, name: &'static str) -> bool {
        let index = self.asked;
        self.required |= bit(index);
        if self.pass == Pass::Missing && !self.was_read(index) {
            self.missing(name);
        }
        self.is_here(name)
    }

    /// Whether the name stands here between quotes.
    #[inline]
    fn stands_here(&self, name: &str) -> bool {
        if self.escaped {
            return self.has_same_text(name);
        }
        let bytes = &self.r.text.as_bytes()[self.r.at..];
        bytes.len() > name.len() + 1
            && bytes[0] == b'"'
            && bytes[name.len() + 1] == b'"'
            && same_name(&bytes[1..=name.len()], name.as_bytes())
    }

    #[cold]
    fn has_same_text(&self, name: &str) -> bool {
        self.text_of_name() == text_of(name)
    }

    /// The name that stands here.
    fn text_of_name(&self) -> Cow<'a, str> {
        let mut ahead = self.r.ahead();
        ahead.text_token().unwrap_or_default()
    }

    /// Goes to the value of the member that stands here, and refuses it the second time.
    fn take(&mut self, name: &'static str, index: u32, old: bool) -> bool {
        self.name_at = self.r.at;
        if old || self.escaped {
            self.escaped = false;
            if !self.go_to_value() {
                return false;
            }
        } else {
            self.r.at += name.len() + 2;
            if let Err(error) = self.r.colon() {
                self.r.fail(error);
                return false;
            }
        }
        self.progress = true;
        if self.was_read(index) {
            return self.twice(text_of(name));
        }
        match bit(index) {
            0 => {
                let rare = self.r.rare.get_or_insert_with(Box::<Rare>::default);
                rare.far.push((self.start, index));
            }
            bit => self.read |= bit,
        }
        true
    }

    fn was_read(&self, index: u32) -> bool {
        match bit(index) {
            0 => {
                let far = self.r.rare.as_ref().map_or(&[][..], |rare| &rare.far);
                far.contains(&(self.start, index))
            }
            bit => self.read & bit != 0,
        }
    }

    fn go_to_value(&mut self) -> bool {
        let outcome = self.r.skip_text().and_then(|()| self.r.colon());
        self.r.kept(outcome).is_some()
    }

    /// Goes on behind the value of the field that was asked for last.
    fn next(&mut self, name: &'static str) {
        if self.r.failed() {
            self.add_to_path(text_of(name));
        } else {
            self.r.next_member();
        }
    }

    fn next_of(&mut self, name: &str) {
        self.progress = true;
        if self.r.failed() {
            self.gated = u32::MAX;
            self.add_to_path(Cow::Owned(name.to_owned()));
        } else {
            self.r.next_member();
        }
    }

    #[cold]
    fn add_to_path(&mut self, name: Cow<'static, str>) {
        let error = self.r.fault.take();
        self.r.fault = error.map(|error| {
            let within = error.steps();
            self.in_part(error.in_member(name), within)
        });
    }

    /// Notes the gate of the field that was asked for last, where it has one.
    fn in_part(&self, mut error: DecodeError, within: usize) -> DecodeError {
        if self.gated.checked_add(1) == Some(self.asked) {
            let [gate, what] = *self.part;
            error.behind(gate, what, within);
        }
        error
    }

    /// The name of the member that stands here, if no field has asked for it in this pass, and nobody else does.
    fn unknown(&mut self) -> Option<Cow<'a, str>> {
        if self.progress || self.r.failed() || self.is_behind_last() {
            return None;
        }
        let name = self.text_of_name();
        let known = self.tag == Some(&*name) || self.outer.contains(&&*name);
        (!known && (self.escaped || !self.has_escapes())).then_some(name)
    }

    fn has_escapes(&self) -> bool {
        matches!(self.text_of_name(), Cow::Owned(_))
    }

    /// Steps over a member that no field asked for; or has the fields compare its text, if that was not done yet.
    #[inline(never)]
    fn step_over(&mut self) {
        if self.is_behind_last() {
            return;
        }
        if !self.escaped && self.has_escapes() {
            self.escaped = true;
            return;
        }
        self.escaped = false;
        let name = self.text_of_name();
        self.name_at = self.r.at;
        if self.tag == Some(&*name) {
            if self.tag_seen {
                self.gated = u32::MAX;
                self.twice(Cow::Owned(name.into_owned()));
                return;
            }
            self.tag_seen = true;
        }
        if self.go_to_value() {
            match self.r.skip() {
                Ok(()) => self.r.next_member(),
                Err(error) => self.r.fail(error),
            }
        }
    }

    #[cold]
    fn twice(&mut self, name: Cow<'static, str>) -> bool {
        let error = DecodeError::twice(self.r.text.as_bytes(), self.name_at, name);
        self.r.fail(self.in_part(error, 0));
        false
    }

    #[cold]
    fn missing(&mut self, name: &'static str) {
        let error = DecodeError::missing(self.r.text.as_bytes(), self.start, text_of(name));
        self.r.fail(error);
    }
}

/// The bit of one of the first 64 fields.
#[inline]
fn bit(index: u32) -> u64 {
    1_u64.checked_shl(index).unwrap_or_default()
}

/// The text of a name that is given as it stands between the quotes.
fn text_of(name: &str) -> Cow<'_, str> {
    if !name.contains('\\') {
        return Cow::Borrowed(name);
    }
    let quoted = format!("\"{name}\"");
    let text = Reader::new(&quoted).text_token().map(Cow::into_owned);
    Cow::Owned(text.unwrap_or_default())
}
