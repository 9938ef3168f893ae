// A schema that accepts what readers of open definitions bear.
//
// `x-open` says that more values may come than the schema lists; readers keep those. Here that becomes part of the schema:
// a string that is not listed, an object whose tag is not listed, or an object of one member that is not listed.

/** The schema with every open definition opened. */
export function opened(schema) {
  if (Array.isArray(schema)) {
    return schema.map(opened);
  }
  if (typeof schema !== "object" || schema === null) {
    return schema;
  }
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, opened(value)]));
  if (schema["x-open"] !== true) {
    return inner;
  }
  const { oneOf, anyOf, enum: values, type, ...rest } = inner;
  const members = oneOf ?? anyOf ?? [{ type, enum: values }];
  return { ...rest, anyOf: [...members, ...strangers(members)] };
}

/** What the members of an open definition are not. */
function strangers(members) {
  const strings = members.filter((member) => member.type === "string").flatMap((member) => member.enum);
  const objects = members.filter((member) => member.type === "object");
  const tag = tagOf(objects);
  if (tag !== undefined) {
    const tags = objects.flatMap(({ properties }) => properties[tag].enum);
    const unlisted = { type: "string", not: { enum: tags } };
    return [{ type: "object", properties: { [tag]: unlisted }, required: [tag] }];
  }
  // A name that is listed, but stands in the other of the two forms, is a malformed member, not an unknown one.
  const names = [...strings, ...objects.flatMap(({ required }) => required)];
  const string = { type: "string", not: { enum: names } };
  const unlisted = { not: { anyOf: names.map((name) => ({ required: [name] })) } };
  const one = { type: "object", minProperties: 1, maxProperties: 1, ...unlisted };
  return objects.length === 0 ? [string] : [string, one];
}

/** The member that tells objects apart. */
function tagOf([first, ...others]) {
  const tells = (member, name) => member.required?.includes(name) && member.properties[name]?.enum?.length === 1;
  return (first?.required ?? []).find((name) => [first, ...others].every((member) => tells(member, name)));
}
