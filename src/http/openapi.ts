import { z } from 'zod';
import { errorResponse } from './http-errors.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { RouteFace } from './route.ts';
import { errorBody } from './schemas/common.ts';
import { nameOf } from './schemas/named.ts';
import type { ObjectSchema } from './validation.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of routes: made from the table that answers them. */
export function openApiDocument(routes: readonly RouteFace[], version: string): object {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route, components);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidewatch',
      version,
      description: 'Live directories over HTTP. Live events come over the WebSocket `/api/ws`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: RouteFace, components: Json): Json {
  const { access, answer, body, conditional, description, method, path, summary, tag } = route;
  const words = [description, access === 'admin' ? 'For administrators.' : undefined];
  const said = words.filter((one) => one !== undefined).join(' ');
  const parameters = [
    ...parametersOf('path', route.params, components),
    ...parametersOf('query', route.query, components),
    ...(conditional === true ? [IF_MATCH] : []),
  ];
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(said === '' ? {} : { description: said }),
    security: access === 'open' ? [] : [{ bearer: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { 'application/json': { schema: schemaOf(body, 'input', components) } },
          },
        }),
    responses: {
      [route.status ?? 200]: success(route, answer, components),
      ...failures(route, components),
    },
  };
}

const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of the version that is meant; another one answers 412.',
  schema: { type: 'string' },
};

function success(route: RouteFace, answer: z.ZodType | undefined, components: Json): Json {
  const content: Json = {};
  if (answer !== undefined) {
    content['application/json'] = { schema: schemaOf(answer, 'output', components) };
  }
  if (route.lines !== undefined) {
    content['application/x-ndjson'] = { schema: schemaOf(route.lines, 'output', components) };
  }
  if (route.text !== undefined) content[route.text] = { schema: { type: 'string' } };
  const description = 'It went well.';
  return Object.keys(content).length === 0 ? { description } : { description, content };
}

/** By status: what every route of its kind can answer, and what this one names. */
function failures(route: RouteFace, components: Json): Json {
  const codes = new Set<ErrorCode>(route.errors);
  if (route.access !== 'open') codes.add('unauthenticated');
  if (route.access === 'admin') codes.add('forbidden');
  if (route.params !== undefined) codes.add('not_found');
  if (route.query !== undefined) codes.add('invalid_argument');
  if (route.conditional === true) codes.add('precondition_failed');
  if (route.body !== undefined) {
    for (const code of ['invalid_argument', 'too_large', 'unsupported_media_type'] as const) {
      codes.add(code);
    }
  }
  const byStatus = new Map<number, Set<string>>();
  const note = (status: number, code: ErrorCode): void => {
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  };
  for (const code of codes) note(errorResponse(new TidewatchError(code, '')).status, code);
  if (route.body !== undefined) note(422, 'invalid_argument');
  const schema = schemaOf(errorBody, 'output', components);
  return Object.fromEntries(
    [...byStatus].map(([status, all]) => [
      status,
      {
        description: [...all].map((code) => `\`${code}\``).join(', '),
        content: { 'application/json': { schema } },
      },
    ]),
  );
}

function parametersOf(
  place: 'path' | 'query',
  schema: ObjectSchema | undefined,
  components: Json,
): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, member]) => {
    const { description, ...rest } = schemaOf(member as z.ZodType, 'output', components);
    return {
      name,
      in: place,
      required: place === 'path' || !(member as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

/** JSON Schema, with the named ones moved to the components of the document. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const made = z.toJSONSchema(schema, {
    ...{ io, target: 'draft-2020-12', unrepresentable: 'any' },
  }) as Json;
  return hoist(withoutDialect(made), schema, components);
}

function hoist(made: Json, schema: z.ZodType, components: Json): Json {
  const { $defs, ...rest } = made;
  const moved = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as unknown;
  for (const [name, one] of Object.entries(($defs ?? {}) as Json)) {
    components[name] ??= moved(withoutDialect(one as Json));
  }
  const name = nameOf(schema);
  if (name === undefined) return moved(rest) as Json;
  components[name] ??= moved(rest);
  return { $ref: `#/components/schemas/${name}` };
}

/** What the document says once for all. */
function withoutDialect({ $schema: _dialect, id: _id, ...schema }: Json): Json {
  return schema;
}

/** `get_connections_id_entries`. */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/api/, '').match(/\w+/g) ?? ['root'];
  return [method.toLowerCase(), ...words].join('_');
}
