/** A JSON Schema, as far as the documents of this project use it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What is wrong with a value, by where it is; empty when nothing is. `root`: where `$ref`s begin. */
export function schemaErrors(
  value: unknown,
  schema: JsonSchema,
  root: unknown,
  at = '$',
): readonly string[] {
  if (schema.$ref !== undefined) {
    return schemaErrors(value, resolveRef(schema.$ref, root) as JsonSchema, root, at);
  }
  if (schema.anyOf !== undefined) {
    const ways = schema.anyOf.map((one) => schemaErrors(value, one, root, at));
    return ways.some((errors) => errors.length === 0) ? [] : ways.flat();
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at} is none of the enum`];
  if (schema.const !== undefined && schema.const !== value) return [`${at} is not the constant`];
  if (schema.type !== undefined && !hasType(value, schema.type))
    return [`${at} is no ${schema.type}`];
  if (typeof value === 'string' && schema.pattern !== undefined) {
    return new RegExp(schema.pattern).test(value) ? [] : [`${at} does not match`];
  }
  if (typeof value === 'number') {
    const { maximum = Infinity, minimum = -Infinity } = schema;
    return value < minimum || value > maximum ? [`${at} is out of range`] : [];
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return [];
    return value.flatMap((one, index) => schemaErrors(one, items, root, `${at}[${index}]`));
  }
  return typeof value === 'object' && value !== null ? memberErrors(value, schema, root, at) : [];
}

function memberErrors(
  value: object,
  { additionalProperties: rest = true, properties = {}, required = [] }: JsonSchema,
  root: unknown,
  at: string,
): readonly string[] {
  const missing = required
    .filter((name) => !(name in value))
    .map((name) => `${at}.${name} is missing`);
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const known = properties[name];
    if (known !== undefined) return schemaErrors(member, known, root, `${at}.${name}`);
    if (rest === false) return [`${at}.${name} is unknown`];
    return rest === true ? [] : schemaErrors(member, rest, root, `${at}.${name}`);
  });
  return [...missing, ...wrong];
}

/** What a reference such as `#/components/schemas/User` leads to. */
export function resolveRef(ref: string, root: unknown): unknown {
  const found = ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], root);
  if (found === undefined) throw new Error(`${ref} leads nowhere`);
  return found;
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
