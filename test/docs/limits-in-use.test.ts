import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitsFrom } from '../../src/actors/limits.ts';
import { DEFAULTS } from '../../src/defaults.ts';
import { DOOR_LIMITS } from '../../src/http/limits.ts';
import { SMB_DEFAULTS } from '../../src/smb/defaults.ts';
import { ROOT } from '../../scripts/root.ts';

/** Here limits are only named, and passed on. */
const TABLES = ['defaults.ts', 'actors/limits.ts', 'http/limits.ts', 'smb/defaults.ts'];

/** Names that the sources use, tables of limits and tests left out. */
function namesInUse(): Set<string> {
  const directory = join(ROOT, 'src');
  const names = new Set<string>();
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || path.endsWith('.test.ts') || TABLES.includes(path)) continue;
    for (const [name] of readFileSync(join(directory, path), 'utf8').matchAll(/\w+/g)) {
      names.add(name);
    }
  }
  return names;
}

describe('a limit', () => {
  it('is one that something keeps', () => {
    const names = namesInUse();
    const tables = readFileSync(join(ROOT, 'src/http/limits.ts'), 'utf8');
    const isKept = (name: string): boolean =>
      names.has(name) || tables.includes(`DEFAULTS.${name} `);
    const limits = [DEFAULTS, SMB_DEFAULTS, limitsFrom(), DOOR_LIMITS].flatMap(Object.keys);
    expect(limits.filter((name) => !isKept(name))).toEqual([]);
  });
});
