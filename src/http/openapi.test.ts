import { describe, expect, it } from 'vitest';
import { resolveRef } from '../../test/support/json-schema.ts';
import { openApiDocument } from './openapi.ts';
import { allRoutes } from './routes/all-routes.ts';

type Json = Record<string, unknown>;
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Json[];
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Json;
  }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Json };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
interface Document {
  readonly openapi: string;
  readonly info: Json;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Json>>;
}

const documentOf = (services: boolean): Document => {
  const made = openApiDocument(allRoutes({ metricsPublic: false, services }), '1.2.3');
  return JSON.parse(JSON.stringify(made)) as Document;
};
const WHOLE = documentOf(true);
const operations = Object.entries(WHOLE.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Section 5 of the contract, as far as accounts, connections, caches and the runtime go. */
const CONTRACT = [
  ...['post /api/auth/login', 'post /api/auth/logout', 'get /api/auth/me'],
  ...['post /api/auth/ws-ticket', 'get /api/auth/tokens', 'post /api/auth/tokens'],
  ...['delete /api/auth/tokens/{id}', 'get /api/users', 'post /api/users'],
  ...['patch /api/users/{id}', 'delete /api/users/{id}'],
  ...['get /api/connections', 'post /api/connections', 'get /api/connections/{id}'],
  ...['patch /api/connections/{id}', 'delete /api/connections/{id}'],
  ...['post /api/connections/test', 'post /api/connections/{id}/test'],
  ...['get /api/connections/{id}/entries', 'post /api/connections/{id}/entries'],
  'get /api/connections/{id}/directories/search',
  'post /api/connections/{id}/directories/search',
  ...['get /api/connections/{id}/cache', 'post /api/connections/{id}/cache/rescan'],
  ...['get /api/watches', 'get /api/settings', 'patch /api/settings', 'get /api/audit'],
  ...['get /api/runtime/actors', 'get /api/runtime/actors/{id}', 'get /api/version'],
  ...['get /api/openapi.json', 'get /healthz', 'get /readyz', 'get /metrics'],
];

describe('the OpenAPI document', () => {
  it('is one of version 3.1 with every route of the contract', () => {
    expect(WHOLE.openapi).toMatch(/^3\.1\.\d+$/);
    expect(WHOLE.info).toMatchObject({ title: 'Tidewatch', version: '1.2.3' });
    const there = operations.map(({ method, path }) => `${method} ${path}`);
    for (const route of CONTRACT) expect(there).toContain(route);
  });

  it('leaves out what is not there without accounts', () => {
    const paths = Object.keys(documentOf(false).paths);
    expect(paths).toContain('/api/connections/{id}');
    expect(paths).not.toContain('/api/users');
    expect(paths).not.toContain('/api/auth/login');
  });

  it('has references that lead somewhere, and components that something refers to', () => {
    const text = JSON.stringify(WHOLE);
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref));
    for (const ref of refs) expect(resolveRef(ref, WHOLE)).toBeTypeOf('object');
    for (const name of Object.keys(WHOLE.components['schemas'] ?? {})) {
      expect(refs).toContain(`#/components/schemas/${name}`);
    }
    expect(text).not.toContain('$defs');
  });

  it('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(operations)('describes $method $path', ({ method, operation, path }) => {
    expect(operation.summary).not.toBe('');
    expect(WHOLE.tags.map(({ name }) => name)).toContain(operation.tags[0]);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
    expect(declared.map(({ name }) => name)).toEqual(inPath);
    for (const { name, required, schema } of operation.parameters ?? []) {
      expect(name).not.toBe('');
      expect(Object.keys(schema).length).toBeGreaterThan(0);
      if (inPath.includes(name)) expect(required).toBe(true);
    }
    if (method === 'get' || method === 'delete') expect(operation.requestBody).toBeUndefined();
    const statuses = Object.keys(operation.responses);
    expect(statuses.filter((status) => status.startsWith('2'))).toHaveLength(1);
    for (const { description } of Object.values(operation.responses)) {
      expect(description).not.toBe('');
    }
    expect(statuses.includes('401')).toBe(
      operation.security.length > 0 || path === '/api/auth/login',
    );
  });

  it('says which fields are written and never read', () => {
    const fields = WHOLE.components['schemas']?.['ConnectionFields'] as {
      readonly properties: Record<string, Json>;
      readonly additionalProperties: boolean;
    };
    expect(fields.additionalProperties).toBe(false);
    for (const name of ['password', 'secret_key']) {
      expect(fields.properties[name]).toMatchObject({ writeOnly: true });
    }
    const shown = WHOLE.components['schemas']?.['Connection'] as {
      readonly properties: Record<string, Json>;
    };
    for (const name of ['password', 'secret_key'])
      expect(shown.properties).not.toHaveProperty(name);
  });
});
