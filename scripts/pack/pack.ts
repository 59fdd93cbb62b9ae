import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { reachableFrom, readSourceGraph } from '../imports/source-graph.ts';
import { ROOT, readManifest } from '../root.ts';
import { checkoutEnv } from '../run.ts';
import { build } from './build.ts';
import { DATABASE_TEMPLATE } from './database-template.ts';
import { SMB_DOOR, smbManifest, tidewatchManifest } from './manifests.ts';
import type { PublishedManifest } from './manifests.ts';

/** Absolute paths of the two tarballs. */
export interface Tarballs {
  readonly tidewatch: string;
  readonly smb: string;
}

/**
 * Builds and packs what is published: `tidewatch`, and the SMB client alone as `tidewatch-smb`. The
 * manifests are made here, so that nothing of development gets into them.
 */
export async function packAll(outDir: string): Promise<Tarballs> {
  const work = await mkdtemp(join(tmpdir(), 'tidewatch-pack-'));
  try {
    const dist = join(work, 'dist');
    await build(dist);
    await mkdir(outDir, { recursive: true });
    const graph = readSourceGraph(join(ROOT, 'src'));
    const root = readManifest();
    const all = new Set(graph.keys());
    return {
      tidewatch: await packOne(work, outDir, {
        manifest: tidewatchManifest(root, all),
        modules: all,
        assets: [DATABASE_TEMPLATE],
        readme: 'README.md',
      }),
      smb: await packOne(work, outDir, {
        manifest: smbManifest(root),
        modules: reachableFrom(graph, [SMB_DOOR]),
        assets: [],
        readme: 'src/smb/README.md',
      }),
    };
  } finally {
    await rm(work, { recursive: true });
  }
}

interface Package {
  readonly manifest: PublishedManifest;
  /** The modules that go in, as paths of their sources below `src`. */
  readonly modules: ReadonlySet<string>;
  /** Further files that go in, as paths below the compiled sources. */
  readonly assets: readonly string[];
  /** Path in the checkout. */
  readonly readme: string;
}

async function packOne(work: string, outDir: string, what: Package): Promise<string> {
  const { manifest, modules, assets, readme } = what;
  const stage = join(work, manifest.name);
  for (const module of modules) {
    for (const extension of ['.js', '.d.ts']) {
      const path = join('dist', module.replace(/\.ts$/, extension));
      await mkdir(dirname(join(stage, path)), { recursive: true });
      await cp(join(work, path), join(stage, path));
    }
  }
  for (const asset of assets) await cp(join(work, 'dist', asset), join(stage, 'dist', asset));
  await cp(join(ROOT, readme), join(stage, 'README.md'));
  await cp(join(ROOT, 'LICENSE'), join(stage, 'LICENSE'));
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const args = ['pack', stage, '--json', '--pack-destination', outDir];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, env: checkoutEnv() });
  return join(outDir, (JSON.parse(stdout) as { filename: string }[])[0]?.filename ?? '');
}
