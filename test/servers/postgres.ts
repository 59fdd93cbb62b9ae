import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, chownSync, closeSync, cpSync, existsSync } from 'node:fs';
import { lchownSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { ROOT } from '../../scripts/root.ts';
import { postgresPrograms } from '../../scripts/set-up/needs.ts';
import { reservePort } from './free-port.ts';
import { portAnswers } from './port-answers.ts';
import { guardGroup, signalGroup } from './process-group.ts';
import { runProgram } from './run-program.ts';

/** `nobody`: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = 65_534;
const SUPERUSER = 'test';
const PASSWORD = 'test-pw';

/** A private PostgreSQL server on 127.0.0.1 and on a socket in its directory. */
export interface PostgresServer {
  readonly port: number;
  readonly dir: string;
  /** URL of a database for the superuser `test`, or for a user with that password. */
  url(database: string, user?: string, password?: string): string;
  /** Makes a fresh database, and resolves with its URL. */
  createDatabase(): Promise<string>;
  /** Runs SQL as the superuser. */
  sql(statement: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Ends the server at once, as if it crashed. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Ends the server and removes its directory. May be called again. */
  stop(): Promise<void>;
}

/** Starts a private PostgreSQL server and resolves when it answers, as root and as anybody. */
export async function startPostgres(): Promise<PostgresServer> {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const template = await initializedCluster();
  const reserved = await reservePort();
  const dir = mkdtempSync(join(base, 'tidewatch-postgres-'));
  const server = new Server(dir, reserved.port, () => reserved.release());
  try {
    cpSync(template, join(dir, 'data'), { recursive: true });
    appendFileSync(join(dir, 'data', 'postgresql.conf'), configuration(dir, reserved.port));
    handOver(dir);
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

class Server implements PostgresServer {
  readonly dir: string;
  readonly port: number;
  readonly #released: () => void;
  #process: ChildProcess | undefined;
  #dismissGuard: () => void = () => undefined;
  #databases = 0;
  #stopped = false;

  constructor(dir: string, port: number, released: () => void) {
    this.dir = dir;
    this.port = port;
    this.#released = released;
  }

  url(database: string, user = SUPERUSER, password = PASSWORD): string {
    return `postgres://${user}:${password}@127.0.0.1:${this.port}/${database}`;
  }

  async createDatabase(): Promise<string> {
    const name = `d${++this.#databases}`;
    await this.sql(`create database ${name}`);
    return this.url(name);
  }

  async sql(statement: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new Client(this.url(database));
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async start(): Promise<void> {
    const log = openSync(join(this.dir, 'log'), 'a');
    const program = join(programs(), 'postgres');
    const child = spawn(program, ['-D', join(this.dir, 'data')], {
      detached: true,
      stdio: ['ignore', log, log],
      ...unprivileged(),
    });
    closeSync(log);
    await once(child, 'spawn');
    child.unref();
    this.#process = child;
    this.#dismissGuard = guardGroup(child.pid ?? 0, this.dir);
    const end = performance.now() + 10_000;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > end) {
        const told = readFileSync(join(this.dir, 'log'), 'utf8').slice(-1000);
        throw new Error(`postgres does not answer on port ${this.port}: ${told}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined) return;
    const exited =
      child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.ref();
    // Told to quit at once it ends its children, too; killed it would leave them to find out.
    signalGroup(child.pid, 'SIGQUIT');
    await exited;
    this.#dismissGuard();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
    this.#released();
  }

  async #answers(): Promise<boolean> {
    if (!(await portAnswers(this.port))) return false;
    try {
      await this.sql('select 1');
      return true;
    } catch {
      // It takes connections while it still recovers, and refuses to serve them.
      return false;
    }
  }
}

function configuration(dir: string, port: number): string {
  return `
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${dir}'
fsync = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 60
autovacuum = off
jit = off
log_min_messages = warning
`;
}

/** A data directory that is copied for each server: making one takes a second. */
async function initializedCluster(): Promise<string> {
  const bin = programs();
  const version = bin.split('/').at(-2) ?? '';
  const cached = join(ROOT, 'node_modules', '.cache', 'tidewatch', `postgres-${version}`);
  if (existsSync(cached)) return cached;
  const dir = mkdtempSync(join(tmpdir(), 'tidewatch-initdb-'));
  try {
    writeFileSync(join(dir, 'password'), PASSWORD);
    handOver(dir);
    const data = join(dir, 'data');
    const args = ['-D', data, '-U', SUPERUSER, '-A', 'scram-sha-256', '-E', 'UTF8'];
    const more = ['--locale=C', '--no-sync', '--no-instructions', '--wal-segsize=1'];
    const file = `--pwfile=${join(dir, 'password')}`;
    await runProgram(join(bin, 'initdb'), [...args, ...more, file], {
      ...unprivileged(),
      cwd: dir,
    });
    mkdirSync(join(cached, '..'), { recursive: true });
    const copy = `${cached}.${process.pid}`;
    cpSync(data, copy, { recursive: true });
    try {
      renameSync(copy, cached);
    } catch {
      // Another test file was quicker; its copy is as good.
      rmSync(copy, { recursive: true });
    }
    return cached;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function programs(): string {
  const bin = postgresPrograms();
  if (bin !== undefined) return bin;
  throw new Error(
    'postgres is not installed: these tests need a real PostgreSQL server. On Debian or Ubuntu: ' +
      'apt-get install -y --no-install-recommends postgresql',
  );
}

function unprivileged(): { uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  const env = { ...process.env, LC_ALL: 'C' };
  return process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED, env } : { env };
}

/** Gives a directory and all in it to the user that the server runs as, closed to others. */
function handOver(dir: string): void {
  if (process.getuid?.() === 0) {
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      lchownSync(join(dir, name), UNPRIVILEGED, UNPRIVILEGED);
    }
    chownSync(dir, UNPRIVILEGED, UNPRIVILEGED);
  }
  if (existsSync(join(dir, 'data'))) chmodSync(join(dir, 'data'), 0o700);
}
