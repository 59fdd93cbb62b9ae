import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CEPH_NEEDS } from '../../scripts/set-up/needs.ts';
import { cephConf } from './ceph-config.ts';
import { reservePort } from './free-port.ts';
import type { ReservedPort } from './free-port.ts';
import { portAnswers } from './port-answers.ts';
import { endGroup, groupEnded, guardGroup, signalGroup } from './process-group.ts';
import { runProgram } from './run-program.ts';

export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface CephOptions {
  /** Names of users; default alice and bob. Each may make buckets, and reads nobody else's. */
  readonly users?: readonly string[];
}

/** A private S3 service: radosgw of Ceph, path style, region us-east-1. */
export interface CephServer {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly port: number;
  /** Everything the servers write. */
  readonly dir: string;
  readonly users: Readonly<Record<string, S3Keys>>;
  /** radosgw, also the number of its process group; 0 when it was killed. */
  readonly pid: number;
  /** Every process group of it. */
  readonly groups: readonly number[];
  /** radosgw-admin ARGUMENT …, for example ('user', 'suspend', '--uid=bob'). */
  admin(...args: string[]): Promise<string>;
  /** Kills radosgw (-9); what it stored stays with the others. */
  kill(): Promise<void>;
  /** Starts radosgw again, on the same port, after `kill`; resolves when it answers. */
  restart(): Promise<void>;
  /** radosgw takes connections and says nothing any more, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends every process and removes the directory. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a private Ceph cluster with one radosgw and resolves when it answers (between 1 and 2 s).
 *
 * Runs as root and as an ordinary user; any number may run at once. A guard ends each process when the
 * runner dies.
 *
 * @throws Error naming the Debian packages to install when something is missing.
 */
export async function startCeph(options: CephOptions = {}): Promise<CephServer> {
  const missing = CEPH_NEEDS.filter((need) => !need.present());
  if (missing.length > 0) {
    const packages = missing.map((need) => need.debianPackage).join(' ');
    throw new Error(
      `${missing.map((need) => need.what).join(', ')} not installed: these tests need a real S3 ` +
        `service. On Debian or Ubuntu: apt-get install -y --no-install-recommends ${packages}`,
    );
  }
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const ports = [await reservePort(), await reservePort()] as const;
  const server = new Server(mkdtempSync(join(base, 'tidewatch-ceph-')), ports, options);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** How often what may fail for a moment after the start is tried: for 20 s. */
const TRIES = 200;

/** What asks before the map of the monitors is known is refused ("wrong fsid"): then simply again. */
async function again(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run();
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

class Server implements CephServer {
  readonly dir: string;
  readonly users: Readonly<Record<string, S3Keys>>;
  readonly #ports: readonly [ReservedPort, ReservedPort];
  readonly #env: NodeJS.ProcessEnv;
  readonly #daemons = new Map<string, { child: ChildProcess; dismissGuard: () => void }>();
  #stopped = false;

  constructor(dir: string, ports: readonly [ReservedPort, ReservedPort], options: CephOptions) {
    this.dir = dir;
    this.#ports = ports;
    const { users = ['alice', 'bob'] } = options;
    this.users = Object.fromEntries(
      users.map((name) => [
        name,
        { accessKey: `${name.toUpperCase()}KEY`, secretKey: `${name}-secret-${randomUUID()}` },
      ]),
    );
    this.#env = {
      ...process.env,
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      CEPH_CONF: join(dir, 'ceph.conf'),
    };
  }

  get port(): number {
    return this.#ports[0].port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#daemons.get('radosgw')?.child.pid ?? 0;
  }

  get groups(): readonly number[] {
    return [...this.#daemons.values()].map(({ child }) => child.pid ?? 0);
  }

  async start(): Promise<void> {
    const { dir } = this;
    const fsid = randomUUID();
    const monitorPort = this.#ports[1].port;
    for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(dir, name));
    writeFileSync(join(dir, 'keyring'), '');
    writeFileSync(join(dir, 'ceph.conf'), cephConf({ dir, fsid, port: this.port, monitorPort }));
    const map = join(dir, 'monmap');
    const address = `[v1:127.0.0.1:${monitorPort}]`;
    await this.#run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', address, map);
    await this.#run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', map);
    await this.#spawn('ceph-mon', '-i', 'a', '-f');
    const osd = randomUUID();
    await again(() => this.#run('ceph', 'osd', 'new', osd));
    const place = ['osd.0', '1.0', 'root=default', 'host=local'];
    await again(() => this.#run('ceph', 'osd', 'crush', 'add', ...place));
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd);
    await this.#spawn('ceph-osd', '-i', '0', '-f');
    for (const [name, keys] of Object.entries(this.users)) await this.#addUser(name, keys);
    await this.restart();
  }

  async admin(...args: string[]): Promise<string> {
    return this.#run('radosgw-admin', ...args);
  }

  async kill(): Promise<void> {
    const daemon = this.#daemons.get('radosgw');
    if (daemon === undefined) return;
    const { pid = 0 } = daemon.child;
    signalGroup(pid, 'SIGKILL');
    await groupEnded(pid, 5000);
    daemon.dismissGuard();
    this.#daemons.delete('radosgw');
  }

  async restart(): Promise<void> {
    await this.kill();
    const child = await this.#spawn('radosgw', '-f', '-n', 'client.rgw');
    const end = performance.now() + 20_000;
    while (!(await portAnswers(this.port))) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        throw new Error(`radosgw does not listen on port ${this.port}: ${this.#log('radosgw')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  freeze(): void {
    signalGroup(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    signalGroup(this.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.pid !== 0) this.thaw();
    // Nothing is worth keeping, and Ceph takes its time to end in order.
    for (const group of this.groups) signalGroup(group, 'SIGKILL');
    await Promise.all(this.groups.map((group) => endGroup(group)));
    for (const { dismissGuard } of this.#daemons.values()) dismissGuard();
    rmSync(this.dir, { recursive: true, force: true });
    for (const port of this.#ports) port.release();
  }

  async #addUser(name: string, { accessKey, secretKey }: S3Keys): Promise<void> {
    const keys = [`--access-key=${accessKey}`, `--secret-key=${secretKey}`];
    const uid = `--uid=${name}`;
    // It may fail after the user was made, and then fails for ever.
    await again(() =>
      this.admin('user', 'create', uid, `--display-name=${name}`, ...keys).catch(() =>
        this.admin('user', 'info', uid),
      ),
    );
  }

  async #run(program: string, ...args: string[]): Promise<string> {
    return (await runProgram(program, args, { env: this.#env, cwd: this.dir })).stdout;
  }

  async #spawn(program: string, ...args: string[]): Promise<ChildProcess> {
    const log = openSync(join(this.dir, `${program}.out`), 'a');
    const child = spawn(program, args, {
      env: this.#env,
      cwd: this.dir,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const dismissGuard = guardGroup(child.pid ?? 0, this.dir);
    this.#daemons.set(program, { child, dismissGuard });
    return child;
  }

  #log(program: string): string {
    return readFileSync(join(this.dir, `${program}.out`), 'utf8').slice(-1000);
  }
}
