// A message as a TypeScript expression.
//
// In: a JSON value and its type in the model. Out: the text of an expression whose type the compiler can hold against
// the emitted one. It is the JSON itself but for three things that JSON literals cannot say: `bigint`, members of open
// unions that are not listed, whose tag no literal may be, and members of maps beside members of another type.

import { model } from "./tree.js";

/** The expression of `value`, which is a message of the definition at `path` in the model. */
export function expression(value, path) {
  return ofDefinition(value, path);
}

function ofDefinition(value, path) {
  const { shape } = model.definitions[path];
  switch (shape.kind) {
    case "struct":
      return ofStruct(value, shape);
    case "error":
      return ofStruct(value, shape.data);
    case "alias":
      return ofType(value, shape.type);
    case "enum":
      return plain(value);
    case "union":
      return ofUnion(value, shape, path);
    default:
      throw new Error(`${path} has the shape ${shape.kind}, which is not known here`);
  }
}

function ofType(value, type) {
  if (value === null) {
    return "null";
  }
  const [kind, of] = Object.entries(type)[0];
  switch (kind) {
    case "scalar":
      return of === "bigint" && Number.isInteger(value) ? `${BigInt(value)}n` : plain(value);
    case "constant":
      return plain(value);
    case "ref":
      return ofDefinition(value, of);
    case "nullable":
      return ofType(value, of);
    case "list":
      return Array.isArray(value) ? `[${value.map((element) => ofType(element, of)).join(", ")}]` : plain(value);
    case "tuple":
      return Array.isArray(value)
        ? `[${value.map((element, at) => (at < of.length ? ofType(element, of[at]) : plain(element))).join(", ")}]`
        : plain(value);
    case "map":
      return isObject(value) ? object(value, () => of[1]) : plain(value);
    default:
      throw new Error(`the type ${kind} is not known here`);
  }
}

function ofStruct(value, body) {
  if (!isObject(value)) {
    return plain(value);
  }
  const types = membersOf(value, body);
  const { rest } = body;
  if (rest === undefined) {
    return object(value, (name) => types.get(name));
  }
  if (rest.values.scalar === "json") {
    return object(value, (name) => types.get(name) ?? rest.values);
  }
  const part = (listed) => Object.fromEntries(Object.entries(value).filter(([name]) => types.has(name) === listed));
  const [own, others] = [part(true), part(false)];
  const map = `of<{ [name: string]: ${typeText(rest.values)} }>(${object(others, () => rest.values)})`;
  const listed = Object.keys(own).map((name) => `${plain(name)}: ${typeText(types.get(name))} | null`);
  return `Object.assign(of<{ ${listed.join("; ")} }>(${object(own, (name) => types.get(name))}), ${map})`;
}

/** What expressions need before them. */
export const prelude = "declare function of<T>(value: T): T;";

/** The types of the members that `body` declares, those of a flattened union as they are in `value`. */
function membersOf(value, body) {
  const types = new Map((body.fields ?? []).map((field) => [field.name, field.type]));
  for (const { target } of body.flatten ?? []) {
    let { shape } = model.definitions[target];
    while (shape.kind === "alias") {
      ({ shape } = model.definitions[shape.type.ref]);
    }
    const more =
      shape.kind === "struct"
        ? membersOf(value, shape)
        : membersOfMember(value, shape.members.find((member) => member.name === value[shape.tagging.tag]));
    more.forEach((type, name) => types.set(name, type));
  }
  return types;
}

function membersOfMember(value, member) {
  switch (member?.content.kind) {
    case "fields":
      return membersOf(value, member.content.body);
    case "type":
      return membersOf(value, { flatten: [{ target: member.content.type.ref }] });
    default:
      return new Map();
  }
}

function ofUnion(value, union, path) {
  const { by, tag, content } = union.tagging;
  if (by === "untagged") {
    // A list is told by its kind; which object it is, only its members tell.
    const list = Array.isArray(value) && union.members.find(({ content }) => content.type?.list !== undefined);
    return list ? ofType(value, list.content.type) : plain(value);
  }
  const name = by === "external" ? (isObject(value) ? Object.keys(value)[0] : value) : value?.[tag];
  const member = union.members.find((member) => member.name === name);
  if (member === undefined) {
    // Only what could be a member of a later version is one that is not known: its name is a string.
    return union.open && typeof name === "string" && (by === "external" || isObject(value)) ? `(${plain(value)} as unknown as ${unknownType(path)})` : plain(value);
  }
  switch (by) {
    case "internal":
      return object(value, (name) => membersOfMember(value, member).get(name));
    case "adjacent":
      return `{ ${plain(tag)}: ${plain(name)}${content in value ? `, ${plain(content)}: ${ofContent(value[content], member)}` : ""} }`;
    default:
      return isObject(value) ? `{ ${plain(name)}: ${ofContent(value[name], member)} }` : plain(value);
  }
}

function ofContent(value, { content }) {
  switch (content.kind) {
    case "fields":
      return ofStruct(value, content.body);
    case "type":
      return ofType(value, content.type);
    default:
      return plain(value);
  }
}

/** The name of a definition from outside of its package. */
export const typeName = (path) => `protocol.${path.replace("/", ".")}`;

function typeText(type) {
  const [kind, of] = Object.entries(type)[0];
  switch (kind) {
    case "ref":
      return typeName(of);
    case "list":
      return `Array<${typeText(of)}>`;
    case "nullable":
      return `${typeText(of)} | null`;
    case "constant":
      return plain(of);
    case "scalar":
      return { json: "protocol.JsonValue", bool: "boolean", bigint: "bigint" }[of] ?? (texts.has(of) ? "string" : "number");
    default:
      throw new Error(`no members under any name are of the type ${kind} yet`);
  }
}

const texts = new Set(["string", "path", "base64", "uuid"]);

const unknownType = (path) => typeName(path).replace(/[^.]*$/, (name) => `Unknown${name}`);

function object(value, typeOf) {
  const members = Object.entries(value).map(([name, member]) => {
    const type = typeOf(name);
    return `${plain(name)}: ${type === undefined ? plain(member) : ofType(member, type)}`;
  });
  return `{ ${members.join(", ")} }`;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON may hold line separators that TypeScript counts as the ends of lines. */
const plain = (value) => JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
