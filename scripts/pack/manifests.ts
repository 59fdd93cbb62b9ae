import type { RootManifest } from '../root.ts';

/** package.json of something that is published. */
export interface PublishedManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly type: 'module';
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string | { types: string; default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * The manifest of the package `tidewatch`, made from the root's: compiled paths in place of sources, and
 * nothing that only development needs. Doors whose source is not in the tree are left out.
 *
 * @param modules Every module of the tree, as paths below `src`.
 */
export function tidewatchManifest(
  root: RootManifest,
  modules: ReadonlySet<string>,
): PublishedManifest {
  const doors = Object.entries(root.exports).filter(([, source]) => modules.has(below(source)));
  const exports = doors.map(([door, source]) => [door, compiled(below(source))] as const);
  const bin = Object.entries(root.bin).map(([name, source]) => [name, script(below(source))]);
  return {
    ...common(root),
    name: 'tidewatch',
    exports: { ...Object.fromEntries(exports), './package.json': './package.json' },
    bin: Object.fromEntries(bin) as Record<string, string>,
    dependencies: root.dependencies,
  };
}

/** The manifest of `tidewatch-smb`: the client alone, which depends on nothing. */
export function smbManifest(root: RootManifest): PublishedManifest {
  return {
    ...common(root),
    name: 'tidewatch-smb',
    description: 'SMB2 and SMB3 client in TypeScript, made for watching directories live',
    exports: { '.': compiled(SMB_DOOR), './package.json': './package.json' },
  };
}

/** Where the client begins, below `src`. */
export const SMB_DOOR = 'smb/index.ts';

function common(root: RootManifest): Omit<PublishedManifest, 'name' | 'exports'> {
  const { version, description, keywords, license, engines } = root;
  return { version, description, keywords, license, type: 'module', engines };
}

/** `./src/smb/index.ts` and `src/smb/index.ts` are `smb/index.ts` below `src`. */
function below(source: string): string {
  return source.replace(/^(\.\/)?src\//, '');
}

function script(module: string): string {
  return `dist/${module.replace(/\.ts$/, '.js')}`;
}

function compiled(module: string): { types: string; default: string } {
  const path = `./${script(module)}`;
  return { types: path.replace(/\.js$/, '.d.ts'), default: path };
}
