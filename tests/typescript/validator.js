// ajv, as strict as it gets.

import Ajv from "ajv";

/** Code that runs a few times is not worth optimising, which takes most of the time. */
export const strict = (more = {}) => new Ajv({ strict: true, code: { optimize: false }, ...more });
