import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PublishedManifest } from '../../scripts/pack/manifests.ts';
import { DATABASE_TEMPLATE } from '../../scripts/pack/database-template.ts';
import { packAll } from '../../scripts/pack/pack.ts';
import type { Tarballs } from '../../scripts/pack/pack.ts';
import { ROOT, readManifest } from '../../scripts/root.ts';
import { oldestNode } from './oldest-node.ts';
import { RUN_MACHINE, USE_MACHINES } from './use-machines.ts';

/** Far above what the packages need, far below what a development binary would add. */
const LIMITS = { tidewatch: 1024 * 1024, template: 5 * 1024 * 1024, smb: 250 * 1024 } as const;

const execute = promisify(execFile);
let work: string;
let tarballs: Tarballs;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'tidewatch-package-'));
  tarballs = await packAll(join(work, 'tarballs'));
}, 60_000);
afterAll(() => rm(work, { recursive: true, force: true }));

/** Installs a tarball in an empty directory, as a user would, and gives that directory. */
async function install(tarball: string, ...options: string[]): Promise<string> {
  const directory = await mkdtemp(join(work, 'user-'));
  await writeFile(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
  await execute('npm', ['install', '--no-audit', '--no-fund', ...options, tarball], {
    cwd: directory,
  });
  return directory;
}

/** Every file of an installed package, with `/`, without packages below it. */
async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

function manifestOf(directory: string): PublishedManifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as PublishedManifest;
}

/** Nothing but what a user needs; every script with its declarations. */
async function expectCleanPackage(directory: string, assets: string[] = []): Promise<void> {
  const files = (await filesOf(directory)).filter((file) => !assets.includes(file));
  const documents = files.filter((file) => !file.startsWith('dist/'));
  expect(documents).toEqual(['LICENSE', 'README.md', 'package.json']);
  const modules = files.filter((file) => /^dist\/.*(?<!\.d)\.[jt]s$/.test(file));
  const expected = modules.flatMap((file) => [file.replace(/\.[jt]s$/, '.d.ts'), file]);
  expect(files.filter((file) => file.startsWith('dist/'))).toEqual(expected.sort());
  expect(modules.filter((file) => !file.endsWith('.js') || file.includes('.test.'))).toEqual([]);
  expect(manifestOf(directory)).not.toHaveProperty('devDependencies');
  expect(manifestOf(directory)).not.toHaveProperty('optionalDependencies');
  expect(manifestOf(directory)).not.toHaveProperty('scripts');
}

/** Type-checks a program of a user, declarations of the package included. */
async function expectTypesToHold(directory: string, program: string): Promise<void> {
  await writeFile(join(directory, 'program.ts'), program);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  };
  const config = { compilerOptions, files: ['program.ts'] };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  await execute(tsc, ['-p', directory]).catch((error: unknown) => {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  });
}

/** The directories of `node` that the packages have to run on. */
async function supportedNodes(): Promise<string[]> {
  return [dirname(process.execPath), await oldestNode()];
}

async function runWith(bin: string, cwd: string, program: string, ...args: string[]) {
  const env = { ...process.env, PATH: [bin, process.env['PATH'] ?? ''].join(delimiter) };
  const { stdout, stderr } = await execute(program, args, { cwd, env });
  return { stdout: stdout.trim(), stderr };
}

const USE_SMB = (name: string): string => `
  import { connect, SmbError } from '${name}';
  import type { Entry, WatchEvent } from '${name}';
  export async function use(): Promise<number> {
    await using connection = await connect({ host: 'nas', port: 445, signing: 'required' });
    const session = await connection.authenticate({ username: 'alice', password: 'secret' });
    const tree = await session.connectTree('data');
    let size = 0;
    for await (const page of tree.list('', { pattern: '*.txt' })) {
      for (const entry of page) size += (entry satisfies Entry).size;
    }
    const bytes: Buffer = await tree.readFile('a.txt');
    const watch = tree.watch('', { recursive: true });
    await watch.armed;
    for await (const event of watch) {
      const seen: WatchEvent = event;
      if (seen.type === 'rescan') return bytes.length;
    }
    // @ts-expect-error: an unknown option is a mistake that the declarations find
    await connect({ hostname: 'nas' });
    const error: unknown = new SmbError('not_found', 'gone');
    return error instanceof SmbError && error.code === 'not_found' ? size : 0;
  }`;

const USE_RUNTIME = `
  import { createServer } from 'node:http';
  import { createRuntime, TidewatchError } from 'tidewatch';
  import type { Change, Runtime, WatchEvent, WatchPlace } from 'tidewatch';
  export async function live(signal: AbortSignal): Promise<readonly Change[]> {
    const runtime: Runtime = createRuntime({ retry: { maxAttempts: 3 } });
    await runtime.start();
    const options = { recursive: true, filter: ['file_name'], stopOnDelete: true, signal } as const;
    const watch = await runtime.watch('smb://alice:secret@nas/projects/reports', options);
    const { detach } = await runtime.attach(createServer(), { basePath: '/tidewatch' });
    const logon = { username: 'alice', password: 'secret' };
    const target = { type: 'smb', host: 'nas', port: 445, share: 'projects', logon } as const;
    const place: WatchPlace = { target, path: 'reports' };
    await runtime.watch(place);
    runtime.connections.add({ name: 'nas', target, pathPrefix: '' });
    // @ts-expect-error: an unknown option is a mistake that the declarations find
    await runtime.watch(place, { depth: 1 });
    watch.refresh();
    try {
      for await (const event of watch) {
        const seen: WatchEvent = event;
        if (seen.type === 'change') return seen.changes;
        if (seen.type === 'resync') console.log(seen.seq, seen.reason);
        if (seen.type === 'state') console.log(seen.state, seen.retry_in_ms);
      }
    } catch (error) {
      if (error instanceof TidewatchError && error.code === 'directory_deleted') await detach();
    }
    await runtime.stop();
    return [];
  }`;

describe('the package tidewatch', () => {
  let directory: string;
  let installed: string;
  beforeAll(async () => {
    directory = await install(tarballs.tidewatch, '--prefer-offline');
    installed = join(directory, 'node_modules', 'tidewatch');
  }, 60_000);

  it('is small and holds nothing but JavaScript, declarations and the usual three', async () => {
    const template = join('dist', DATABASE_TEMPLATE);
    const { size } = statSync(join(installed, template));
    expect(size).toBeLessThan(LIMITS.template);
    expect(statSync(tarballs.tidewatch).size - size).toBeLessThan(LIMITS.tidewatch);
    await expectCleanPackage(installed, [template]);
  });

  it('has a door for each one whose source exists, and the command', () => {
    const { exports, bin } = manifestOf(installed);
    const doors = Object.entries(readManifest().exports)
      .filter(([, source]) => existsSync(join(ROOT, source)))
      .map(([door]) => door);
    expect(Object.keys(exports)).toEqual(doors);
    expect(doors).toEqual(expect.arrayContaining(['.', './smb', './machines', './imohash']));
    expect(bin).toEqual({ tidewatch: 'dist/cli/main.js' });
  });

  it('brings only what runs, in the versions that were tested', async () => {
    expect(manifestOf(installed).dependencies).toEqual(readManifest().dependencies);
    const present = await readdir(join(directory, 'node_modules'));
    const visible = present.filter((name) => !name.startsWith('.'));
    expect(visible.filter((name) => /^(node-|@types|typescript|vitest)/.test(name))).toEqual([]);
  });

  it('runs its command and every door on the newest and the oldest Node', async () => {
    const { version } = readManifest();
    const doors = Object.keys(manifestOf(installed).exports)
      .filter((door) => door !== './package.json')
      .map((door) => `tidewatch${door.slice(1)}`);
    const program = `
      const doors = await Promise.all(${JSON.stringify(doors)}.map((door) => import(door)));
      const { imohash } = await import('tidewatch/imohash');
      console.log(doors.every((door) => Object.keys(door).length > 0), imohash(Buffer.from('')));
    `;
    const command = join(directory, 'node_modules', '.bin', 'tidewatch');
    for (const bin of await supportedNodes()) {
      const said = await runWith(bin, directory, command, '--version');
      expect(said).toEqual({ stdout: version, stderr: '' });
      const evaluated = await runWith(bin, directory, 'node', '--input-type=module', '-e', program);
      expect(evaluated.stderr).toBe('');
      expect(evaluated.stdout).toMatch(/^true [0-9a-f]{32}$/);
    }
  }, 60_000);

  it('searches in a thread of its own on the newest and the oldest Node', async () => {
    const program = `
      const cache = './node_modules/tidewatch/dist/directory-cache/';
      const { DirectoryTree } = await import(cache + 'directory-tree.js');
      const { SearchPool } = await import(cache + 'search-pool.js');
      const pool = new SearchPool({ timers: { setTimeout, clearTimeout }, inlineEntries: 0 });
      const tree = new DirectoryTree();
      tree.add('projects/budget');
      const { results } = await pool.search(tree, 'bud');
      console.log(results[0].path, pool.running);
      await pool.close();
    `;
    await writeFile(join(directory, 'search.js'), program);
    for (const bin of await supportedNodes()) {
      const said = await runWith(bin, directory, 'node', 'search.js');
      expect(said).toEqual({ stdout: 'projects/budget true', stderr: '' });
    }
  }, 60_000);

  it('has types that a strict program can rely on', async () => {
    const program = `
      import { imohash, imohashFile } from 'tidewatch/imohash';
      const inMemory: string = imohash(Buffer.from('x'));
      const onDisk: Promise<string> = imohashFile('x');
      // @ts-expect-error: bytes, not a name
      imohash('x');
      export { inMemory, onDisk };
      ${USE_SMB('tidewatch/smb')}`;
    await expectTypesToHold(directory, program);
    await expectTypesToHold(directory, USE_RUNTIME);
  });

  it('has state charts that a program can run and type-check', async () => {
    for (const bin of await supportedNodes()) {
      const ran = await runWith(bin, directory, 'node', '--input-type=module', '-e', RUN_MACHINE);
      expect(ran).toEqual({ stdout: 'watching.listing acquire,connectTree,open,list', stderr: '' });
    }
    await expectTypesToHold(directory, USE_MACHINES);
  }, 60_000);
});

describe('the package tidewatch-smb', () => {
  let directory: string;
  let installed: string;
  beforeAll(async () => {
    directory = await install(tarballs.smb, '--offline');
    installed = join(directory, 'node_modules', 'tidewatch-smb');
  }, 60_000);

  it('is small and holds nothing but JavaScript, declarations and the usual three', async () => {
    expect(statSync(tarballs.smb).size).toBeLessThan(LIMITS.smb);
    await expectCleanPackage(installed);
  });

  it('depends on nothing, and has no room but the client and the errors', async () => {
    expect(manifestOf(installed)).not.toHaveProperty('dependencies');
    expect(await readdir(join(directory, 'node_modules'))).toEqual(
      expect.not.arrayContaining(['commander']),
    );
    expect((await readdir(join(installed, 'dist'))).sort()).toEqual(['errors', 'smb']);
  });

  it('runs on the newest and the oldest Node', async () => {
    const program = `
      import { connect } from 'tidewatch-smb';
      const error = await connect({ host: '127.0.0.1', port: 1 }).catch((reason) => reason);
      console.log(error.code, error.remedy.length > 0);
    `;
    for (const bin of await supportedNodes()) {
      const said = await runWith(bin, directory, 'node', '--input-type=module', '-e', program);
      expect(said).toEqual({ stdout: 'unreachable true', stderr: '' });
    }
  }, 60_000);

  it('has types that a strict program can rely on', async () => {
    await expectTypesToHold(directory, USE_SMB('tidewatch-smb'));
  });

  it('describes itself in its own words', async () => {
    const readme = await readFile(join(installed, 'README.md'), 'utf8');
    expect(readme).toContain("from 'tidewatch-smb'");
    expect(existsSync(join(installed, 'LICENSE'))).toBe(true);
  });
});
