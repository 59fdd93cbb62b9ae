import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePort } from './free-port.ts';
import { isMissing, missingProgram } from './missing-program.ts';
import { portAnswers } from './port-answers.ts';
import { TICKS_PER_SECOND, groupEnded, groupMembers, processName } from './process-group.ts';
import { endGroup, guardGroup, signalGroup } from './process-group.ts';
import { runProgram } from './run-program.ts';
import { SAMBA_DIRECTORIES, nssFiles, smbConf } from './samba-config.ts';
import type { SambaVariant } from './samba-config.ts';

export { SAMBA_VARIANTS } from './samba-config.ts';
export type { SambaVariant } from './samba-config.ts';

export interface SambaOptions {
  /** Which set-up; see SAMBA_VARIANTS. Default `default`. */
  readonly variant?: SambaVariant;
  /** A fixed port; by default a free one between 10000 and 30000. */
  readonly port?: number;
  /** Further lines for [global] and for both shares of smb.conf. */
  readonly global?: readonly string[];
  readonly share?: readonly string[];
  /** User names and passwords; default alice and bob, see SambaServer.users. */
  readonly users?: Readonly<Record<string, string>>;
  /**
   * The directory that is shared, left alone at the end; by default a fresh one, removed. Started as
   * root, the users of the test need rights of their own on it.
   */
  readonly sharePath?: string;
  /** A program, with arguments, that is given `smbd` and its arguments and becomes it. */
  readonly launcher?: readonly string[];
}

export interface SmbclientOptions {
  /** Default: the first user. An empty string logs on anonymously. */
  readonly user?: string;
  readonly password?: string;
  /** Default `data`. */
  readonly share?: string;
  /** Further arguments of smbclient. */
  readonly args?: readonly string[];
}

/** A private smbd. Shares: `data` (writable) and `ro` (read only), both of the same directory. */
export interface SambaServer {
  readonly port: number;
  /** Everything the server writes. */
  readonly dir: string;
  /** The shared directory, as the server's own file system sees it. */
  readonly share: string;
  /** The parent smbd, also the number of its process group. Changes with restart(). */
  readonly pid: number;
  readonly conf: string;
  readonly users: Readonly<Record<string, string>>;
  /**
   * Runs commands separated by `;` and resolves with what smbclient printed; rejects, with the status
   * in the message, when it cannot connect or one of the commands fails.
   */
  smbclient(commands: string, options?: SmbclientOptions): Promise<string>;
  /** smbcontrol DESTINATION COMMAND …, for example ('smbd', 'close-share', 'data'). */
  smbcontrol(...args: string[]): Promise<string>;
  /**
   * Resolves when every watch asked for so far is in force. Samba tells a client that its watch is
   * pending before the process that looks at the disk has heard of it: some milliseconds, in which
   * changes by others than its own clients go unseen.
   */
  watchesInForce(): Promise<void>;
  /** CPU time of smbd and all its children, exited ones included, in seconds (steps of 10 ms). */
  cpuSeconds(): number;
  /** Processes of the server besides the parent; a connection is served by the newest. */
  childPids(): number[];
  /** Starts smbd again on the same port and data after the test killed it. */
  restart(): Promise<void>;
  /** Ends every process of the server and removes its directory. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a private Samba server and resolves when it answers (about 0.1 s).
 *
 * Runs as root and as an ordinary user; any number may run at once. smbd lives in a session of its own
 * (it answers SIGTERM by signalling its whole process group) and a guard ends it when the runner dies.
 *
 * @throws Error naming the Debian packages to install when smbd or its helpers are missing.
 */
export async function startSamba(options: SambaOptions = {}): Promise<SambaServer> {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const reserved = options.port === undefined ? await reservePort() : undefined;
  const dir = mkdtempSync(join(base, 'tidewatch-samba-'));
  const server = new Server(dir, reserved?.port ?? options.port ?? 0, options, () =>
    reserved?.release(),
  );
  try {
    await server.prepare(options);
    await server.restart();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

class Server implements SambaServer {
  readonly port: number;
  readonly dir: string;
  readonly share: string;
  readonly conf: string;
  readonly users: Readonly<Record<string, string>>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #released: () => void;
  readonly #command: readonly string[];
  #process: ChildProcess | undefined;
  #dismissGuard: () => void = () => undefined;
  #stopped = false;

  constructor(dir: string, port: number, options: SambaOptions, released: () => void) {
    this.dir = dir;
    this.port = port;
    this.share = options.sharePath ?? join(dir, 'share');
    this.conf = join(dir, 'smb.conf');
    this.users = options.users ?? { alice: 'alicepw', bob: 'bobpw' };
    this.#released = released;
    this.#command = [...(options.launcher ?? []), 'smbd'];
    this.#env = {
      ...process.env,
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      LD_PRELOAD: 'libnss_wrapper.so',
      NSS_WRAPPER_PASSWD: join(dir, 'passwd'),
      NSS_WRAPPER_GROUP: join(dir, 'group'),
    };
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Writes the configuration and the password database. */
  async prepare(options: SambaOptions): Promise<void> {
    const { dir } = this;
    chmodSync(dir, 0o755);
    for (const name of SAMBA_DIRECTORIES) mkdirSync(join(dir, name));
    chmodSync(join(dir, 'share'), 0o777);
    const nss = nssFiles(Object.keys(this.users));
    writeFileSync(join(dir, 'passwd'), nss.passwd);
    writeFileSync(join(dir, 'group'), nss.group);
    const { variant = 'default', global = [], share = [] } = options;
    const config = { dir, port: this.port, variant, sharePath: this.share, global, share };
    writeFileSync(this.conf, smbConf(config));
    for (const [name, password] of Object.entries(this.users)) {
      const input = `${password}\n${password}\n`;
      const args = ['-s', this.conf, '-a', '-t', '-u', name];
      const { stderr } = await runProgram('pdbedit', args, { env: this.#env, input });
      if (stderr.includes('cannot be preloaded')) throw missingProgram('libnss_wrapper.so');
      const lines = `username = ${name}\npassword = ${password}\n`;
      writeFileSync(join(dir, 'private', `auth-${name}`), lines, { mode: 0o600 });
    }
  }

  async restart(): Promise<void> {
    this.#dismissGuard();
    if (this.pid !== 0) {
      signalGroup(this.pid, 'SIGKILL');
      await groupEnded(this.pid, 5000);
    }
    const log = openSync(join(this.dir, 'logs', 'stdout'), 'a');
    const [program = 'smbd', ...first] = this.#command;
    const args = [...first, '--foreground', '--no-process-group', '-s', this.conf];
    const child = spawn(program, args, {
      env: this.#env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(isMissing(error) ? missingProgram(program) : error),
      );
    });
    this.#process = child;
    child.unref();
    this.#dismissGuard = guardGroup(this.pid, this.dir);
    await this.#ready(child);
  }

  async #ready(child: ChildProcess): Promise<void> {
    const end = performance.now() + 10_000;
    while (!(await portAnswers(this.port))) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        const log = readFileSync(join(this.dir, 'logs', 'stdout'), 'utf8').slice(-1000);
        throw new Error(`smbd does not listen on port ${this.port}: ${log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async smbclient(commands: string, options: SmbclientOptions = {}): Promise<string> {
    const user = options.user ?? Object.keys(this.users)[0] ?? '';
    const password = options.password ?? this.users[user] ?? '';
    const known = password === this.users[user];
    // A file rather than the command line: other processes can read that.
    const file =
      known && user !== '' ? ['-A', join(this.dir, 'private', `auth-${user}`)] : undefined;
    const logon = file ?? (user === '' ? ['-N'] : ['-U', `${user}%${password}`]);
    const target = `//127.0.0.1/${options.share ?? 'data'}`;
    const args = ['-s', this.conf, '-p', String(this.port), ...logon, ...(options.args ?? [])];
    const run = await runProgram('smbclient', [target, ...args, '-c', commands], {
      env: this.#env,
      cwd: this.dir,
    });
    // smbclient exits with 0 after most failures of a command (mkdir, rename, …).
    if (run.stdout.includes('NT_STATUS_')) throw new Error(`smbclient: ${run.stdout.trim()}`);
    return run.stdout;
  }

  async smbcontrol(...args: string[]): Promise<string> {
    const run = await runProgram('smbcontrol', ['-s', this.conf, ...args], { env: this.#env });
    return run.stdout;
  }

  async watchesInForce(): Promise<void> {
    const notifyd = this.childPids().find((pid) => processName(pid) === 'smbd-notifyd');
    // It answers in the order in which it is spoken to.
    if (notifyd !== undefined) await this.smbcontrol(String(notifyd), 'ping');
  }

  cpuSeconds(): number {
    let ticks = 0;
    for (const member of groupMembers(this.pid)) ticks += member.ticks;
    return ticks / TICKS_PER_SECOND;
  }

  childPids(): number[] {
    const living = groupMembers(this.pid).filter((member) => !member.zombie);
    return living.map((member) => member.pid).filter((pid) => pid !== this.pid);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.pid !== 0) await endGroup(this.pid);
    this.#dismissGuard();
    rmSync(this.dir, { recursive: true, force: true });
    this.#released();
  }
}
