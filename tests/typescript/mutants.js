// Messages with one fault.
//
// In: a message. Out: copies of it, each of which lacks one member, or has null or a value of another kind in its place.
// Two levels deep are enough: what stands deeper is a definition with messages of its own.

/** The copies: `{ value, fault }`. */
export function* mutants(value, depth = 2) {
  if (depth === 0 || typeof value !== "object" || value === null) {
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    if (!Array.isArray(value)) {
      const { [key]: _, ...rest } = value;
      yield { value: rest, fault: `without ${key}` };
    }
    for (const other of [null, otherKind(member)]) {
      if (other !== member) {
        yield { value: replaced(value, key, other), fault: `${key}: ${JSON.stringify(other)}` };
      }
    }
    for (const inner of mutants(member, depth - 1)) {
      yield { value: replaced(value, key, inner.value), fault: `${key}: ${inner.fault}` };
    }
  }
}

function replaced(value, key, member) {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = member;
  return copy;
}

/** Never a string, which could be a value that an open enum does not list. */
const otherKind = (value) => (typeof value === "number" ? true : 7);
