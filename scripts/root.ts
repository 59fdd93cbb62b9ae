import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The directory of the checkout. */
export const ROOT = join(import.meta.dirname, '..');

/** The fields of the root's package.json that scripts use. */
export interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
  /** Exact versions of what the product needs at run time. */
  readonly dependencies: Readonly<Record<string, string>>;
}

export function readManifest(): RootManifest {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as RootManifest;
}
