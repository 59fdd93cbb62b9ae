import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkImports } from '../../scripts/imports/check.ts';
import type { ImportCheck } from '../../scripts/imports/check.ts';
import { ROOMS } from '../../scripts/imports/rules.ts';
import { ROOT, readManifest } from '../../scripts/root.ts';

let planted: string | undefined;
afterEach(() => {
  if (planted !== undefined) rmSync(planted, { recursive: true });
  planted = undefined;
});

/** Checks a tree made of the given sources and a few sound ones that they may import. */
function check(sources: Readonly<Record<string, string>>): ImportCheck {
  planted = mkdtempSync(join(tmpdir(), 'tidewatch-imports-'));
  const sound = {
    'errors/codes.ts': 'export const CODES = {};',
    'defaults.ts': 'export const LIMIT = 1;',
    'smb/smb-error.ts': "import { CODES } from '../errors/codes.ts';\nexport const e = CODES;",
    'smb/index.ts': "export { e } from './smb-error.ts';",
    'http/app.ts': 'export const app = 1;',
    'cli/main.ts': "import { e } from '../smb/index.ts';\nconsole.log(e);",
  };
  for (const [name, source] of Object.entries({ ...sound, ...sources })) {
    mkdirSync(dirname(join(planted, name)), { recursive: true });
    writeFileSync(join(planted, name), source);
  }
  return checkImports(planted, ROOMS, new Set(['commander', 'xstate']));
}

describe('the import rules', () => {
  it('hold for the sources of the product, and every module of them is seen', () => {
    const { dependencies } = readManifest();
    const real = checkImports(join(ROOT, 'src'), ROOMS, new Set(Object.keys(dependencies)));
    expect(real.violations).toEqual([]);
    expect(real.modules).toBeGreaterThan(60);
    expect(real.imports).toBeGreaterThan(real.modules);
  });

  it('accept a sound tree', () => {
    expect(check({})).toEqual({ modules: 6, imports: 3, violations: [] });
  });

  it.each([
    ['a base room that imports another', 'errors/a.ts', "import '../defaults.ts';"],
    ['the base reaching for Node', 'errors/a.ts', "import 'node:fs';"],
    ['the SMB client with a package', 'smb/client/a.ts', "import 'commander';"],
    ['the SMB client with another room', 'smb/client/a.ts', "import '../../defaults.ts';"],
    ['a codec with a socket', 'smb/wire/a.ts', "import net from 'node:net';"],
    ['a cipher with a file', 'smb/crypto/a.ts', "import { open } from 'node:fs/promises';"],
    ['a logon with a timer', 'smb/auth/a.ts', "import { setTimeout } from 'node:timers/promises';"],
    ['a codec that knows the client', 'smb/wire/a.ts', "import { b } from '../client/b.ts';"],
    ['a type-only import', 'smb/wire/a.ts', "import type { b } from '../client/b.ts';"],
    ['an inline type', 'smb/wire/a.ts', "export type T = import('../client/b.ts').B;"],
    ['a re-export', 'smb/wire/a.ts', "export * from '../client/b.ts';"],
    ['a dynamic import', 'smb/wire/a.ts', "export const b = () => import('../client/b.ts');"],
    ['an import assignment', 'smb/wire/a.ts', "import b = require('../client/b.ts');"],
    ['a statechart with Node', 'machines/a.ts', "import { setTimeout } from 'node:timers';"],
    ['a statechart with a package', 'machines/a.ts', "import 'commander';"],
    ['a room that goes round a door', 'cli/a.ts', "import '../smb/client/b.ts';"],
    ['a room that imports the web doors', 'storage/a.ts', "import '../http/app.ts';"],
    ['a room that imports the command line', 'actors/a.ts', "import '../cli/main.ts';"],
    ['a package nobody declared', 'cli/a.ts', "import 'left-pad';"],
    ['an import from outside', 'cli/a.ts', "import '../../test/x.ts';"],
    ['an import of a test', 'smb/wire/a.ts', "import './b.test.ts';"],
    ['a name without its extension', 'smb/wire/a.ts', "import './b';"],
    ['a computed import', 'cli/a.ts', 'export const f = (name: string) => import(name);'],
    ['a module in no room', 'attic/a.ts', 'export const a = 1;'],
  ])('find %s', (_, name, source) => {
    const found = check({
      [name]: source,
      'smb/client/b.ts': 'export const b = 1;',
      'smb/wire/b.ts': 'export const b = 1;',
      'smb/wire/b.test.ts': "import 'vitest';",
    });
    expect(found.violations).toHaveLength(1);
    expect(found.violations[0]).toContain(`${name}:`);
  });

  it('find a circle, also one of types, and name every module in it', () => {
    const { violations } = check({
      'smb/wire/a.ts': "import { b } from './b.ts';\nexport const a = b;",
      'smb/wire/b.ts': "import type { c } from './c.ts';\nexport const b = 1;",
      'smb/wire/c.ts': "export { a as c } from './a.ts';",
    });
    expect(violations).toEqual([
      'circle: smb/wire/a.ts -> smb/wire/b.ts -> smb/wire/c.ts -> smb/wire/a.ts',
    ]);
  });

  it('find a module that imports itself', () => {
    const { violations } = check({ 'smb/wire/a.ts': "import { a } from './a.ts';" });
    expect(violations).toEqual(['circle: smb/wire/a.ts -> smb/wire/a.ts']);
  });

  it('read the line an import stands in', () => {
    const { violations } = check({ 'errors/a.ts': "\n\n  import 'node:fs';" });
    expect(violations).toEqual(['errors/a.ts:3: errors must not import node:fs']);
  });

  it('refuse a source that does not parse, rather than see nothing in it', () => {
    expect(() => check({ 'errors/a.ts': 'import {' })).toThrow('errors/a.ts does not parse');
  });
});
