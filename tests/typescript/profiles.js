// What a profile leaves out, by the model alone.
//
// In: the model, and which gates are open. Out: the model without the rest; and messages as that profile knows them. It shares
// nothing with the compiler.

/** Which gates a folder of `generated/json` or `generated/typescript` has open. */
export function opens(folder) {
  const name = folder.split(/[/\\]/).at(-1);
  const known = { stable: () => false, experimental: () => true };
  if (!(name in known)) {
    throw new Error(`the profile ${name} is not known here`);
  }
  return known[name];
}

/** The model without what is behind a closed gate. What nothing reaches any more is still in it. */
export function seen(node, isOpen) {
  if (Array.isArray(node)) {
    return node.filter((part) => !isClosed(part, isOpen)).map((part) => seen(part, isOpen));
  }
  if (typeof node !== "object" || node === null) {
    return node;
  }
  const members = Object.entries(node).filter(([, member]) => !isClosed(member, isOpen));
  return Object.fromEntries(members.map(([name, member]) => [name, seen(member, isOpen)]));
}

const isClosed = (part, isOpen) => typeof part?.gate?.name === "string" && !isOpen(part.gate.name);

/** What comes after the name of something that a profile does not know. */
export const stranger = " is not known";

/** Thrown where a value is something that a profile has no name for. */
class Closed extends Error {}

/**
 * A message as a profile knows it, `{ closed, value }`: `closed` where it is or holds a member of an enum or union behind a
 * closed gate; `value` without the fields behind one, which are unknown members there. `bears` says whether members that an
 * open definition does not list are borne; such a one stands in `value` then for one behind a closed gate.
 */
export function known(model, path, value, isOpen, bears = false) {
  try {
    return { closed: false, value: new Walk(model, isOpen, bears).definition(value, path) };
  } catch (error) {
    if (error instanceof Closed) {
      return { closed: true };
    }
    throw error;
  }
}

class Walk {
  constructor(model, isOpen, bears) {
    Object.assign(this, { model, isOpen, bears });
  }

  isClosed(part) {
    return isClosed(part, this.isOpen);
  }

  definition(value, path) {
    const { shape } = this.model.definitions[path];
    switch (shape.kind) {
      case "struct":
        return this.struct(value, shape);
      case "error":
        return this.struct(value, shape.data);
      case "alias":
        return this.type(value, shape.type);
      case "enum":
        return this.member(
          shape,
          shape.members.find(({ name }) => name === value),
          value,
          () => value,
        );
      case "union":
        return this.union(value, shape);
      default:
        throw new Error(`${path} has the shape ${shape.kind}, which is not known here`);
    }
  }

  type(value, type) {
    const [kind, of] = Object.entries(type)[0];
    switch (kind) {
      case "ref":
        return this.definition(value, of);
      case "nullable":
        return value === null ? null : this.type(value, of);
      case "list":
        return Array.isArray(value) ? value.map((element) => this.type(element, of)) : value;
      case "tuple":
        return Array.isArray(value) ? value.map((element, at) => (at < of.length ? this.type(element, of[at]) : element)) : value;
      case "map":
        return isObject(value) ? mapped(value, (name, member) => [this.type(name, of[0]), this.type(member, of[1])]) : value;
      default:
        return value;
    }
  }

  struct(value, body) {
    if (!isObject(value)) {
      return value;
    }
    let whole = value;
    for (const { target } of body.flatten ?? []) {
      whole = this.definition(whole, target);
    }
    const declared = new Set((body.flatten ?? []).flatMap(({ target }) => [...this.names(target)]));
    return mapped(whole, (name, member) => {
      const field = (body.fields ?? []).find((field) => field.name === name);
      if (field === undefined) {
        const isRest = body.rest !== undefined && !declared.has(name);
        return [name, isRest ? this.type(member, body.rest.values) : member];
      }
      if (!this.isClosed(field)) {
        return [name, member === null ? null : this.type(member, field.type)];
      }
      // An unknown member is refused by a closed struct, and is one of those under any name where there are such.
      return body.closed || body.rest !== undefined ? [`${name}${stranger}`, member] : undefined;
    });
  }

  /** The names of the members that a definition brings where it is flattened. */
  names(path) {
    const names = new Set();
    const visit = (node) => {
      for (const [key, part] of Object.entries(node ?? {})) {
        if (key === "fields" && Array.isArray(part)) {
          part.forEach(({ name }) => names.add(name));
        } else if (key === "target" || (key === "ref" && typeof part === "string")) {
          this.names(part).forEach((name) => names.add(name));
        } else if (key === "tag") {
          names.add(part);
        } else if (typeof part === "object" && key !== "type") {
          visit(part);
        }
      }
    };
    visit(this.model.definitions[path].shape);
    return names;
  }

  union(value, union) {
    const { by, tag, content } = union.tagging;
    if (by === "untagged") {
      return union.members.reduce((whole, member) => {
        if (member.gate !== undefined) {
          throw new Error("gates on untagged members are not known here");
        }
        return this.content(whole, member);
      }, value);
    }
    const label = by === "external" ? (isObject(value) ? Object.keys(value)[0] : value) : value?.[tag];
    const member = union.members.find(({ name }) => name === label);
    return this.member(union, member, value, () => {
      switch (by) {
        case "internal":
          return this.content(value, member);
        case "adjacent":
          return mapped(value, (name, part) => [name, name === content ? this.content(part, member) : part]);
        default:
          return isObject(value) ? mapped(value, (name, part) => [name, this.content(part, member)]) : value;
      }
    });
  }

  /** What `inner` makes of a value that is of `member`. */
  member(definition, member, value, inner) {
    if (member === undefined) {
      return value;
    }
    if (!this.isClosed(member)) {
      return inner();
    }
    if (!(definition.open && this.bears)) {
      throw new Closed();
    }
    const other = `${member.name}${stranger}`;
    const tag = definition.tagging?.tag;
    if (!isObject(value)) {
      return other;
    }
    return mapped(value, (name, part) => (tag === undefined ? [other, part] : [name, name === tag ? other : part]));
  }

  content(value, { content }) {
    switch (content.kind) {
      case "fields":
        return this.struct(value, content.body);
      case "type":
        return this.type(value, content.type);
      default:
        return value;
    }
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with other members; those that become undefined go. */
const mapped = (value, of) =>
  Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => of(name, member))
      .filter((entry) => entry !== undefined),
  );
