import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KERBEROS_NEEDS } from '../../scripts/set-up/needs.ts';
import { reservePort } from './free-port.ts';
import type { ReservedPort } from './free-port.ts';
import { portAnswers } from './port-answers.ts';
import { endGroup, guardGroup } from './process-group.ts';
import { runProgram } from './run-program.ts';

const REALM = 'LAB.TEST';

export interface KerberosOptions {
  /** User names and passwords; default alice. */
  readonly users?: Readonly<Record<string, string>>;
  /** Services that get a key in the keytab, such as `cifs/host.lab.test`. */
  readonly services: readonly string[];
}

/** A private KDC of MIT Kerberos for the realm LAB.TEST. */
export interface KerberosRealm {
  readonly realm: string;
  readonly keytab: string;
  /** The environment in which clients and servers belong to this realm. */
  readonly env: NodeJS.ProcessEnv;
  /** Lines of smb.conf that make smbd a server of this realm. */
  readonly smbConf: readonly string[];
  /** Gets a ticket for a user into the cache that `env` names; `lifetime` as in `10m`. */
  logOn(user: string, lifetime?: string): Promise<void>;
  /** Throws the tickets away. */
  logOff(): Promise<void>;
  /** Ends the KDC and removes its directory. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a KDC on a free port of 127.0.0.1 and resolves when it answers. Nothing of it is known to
 * the system: configuration, database, keytab, replay cache and tickets lie in a directory of its own.
 *
 * @throws Error naming the Debian packages to install when MIT Kerberos is missing.
 */
export async function startKerberos(options: KerberosOptions): Promise<KerberosRealm> {
  const missing = KERBEROS_NEEDS.filter((need) => !need.present());
  if (missing.length > 0) {
    const packages = missing.map((need) => need.debianPackage).join(' ');
    throw new Error(
      `${missing.map((need) => need.what).join(', ')} not installed: these tests need a real KDC. ` +
        `On Debian or Ubuntu: apt-get install -y --no-install-recommends ${packages}`,
    );
  }
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const port = await reservePort();
  const realm = new Realm(mkdtempSync(join(base, 'tidewatch-kerberos-')), port, options);
  try {
    await realm.start();
    return realm;
  } catch (error) {
    await realm.stop();
    throw error;
  }
}

class Realm implements KerberosRealm {
  readonly realm = REALM;
  readonly keytab: string;
  readonly env: NodeJS.ProcessEnv;
  readonly smbConf: readonly string[];
  readonly #dir: string;
  readonly #port: ReservedPort;
  readonly #users: Readonly<Record<string, string>>;
  readonly #services: readonly string[];
  #group = 0;
  #dismissGuard: () => void = () => undefined;
  #stopped = false;

  constructor(dir: string, port: ReservedPort, options: KerberosOptions) {
    this.#dir = dir;
    this.#port = port;
    this.#users = options.users ?? { alice: 'alicepw' };
    this.#services = options.services;
    this.keytab = join(dir, 'keytab');
    this.env = {
      ...process.env,
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      KRB5_CONFIG: join(dir, 'krb5.conf'),
      KRB5_KDC_PROFILE: join(dir, 'kdc.conf'),
      KRB5CCNAME: `FILE:${join(dir, 'tickets')}`,
      KRB5RCACHENAME: `file2:${join(dir, 'replays')}`,
    };
    this.smbConf = [
      `realm = ${REALM}`,
      'kerberos method = dedicated keytab',
      `dedicated keytab file = ${this.keytab}`,
    ];
  }

  async start(): Promise<void> {
    writeFileSync(join(this.#dir, 'krb5.conf'), krb5Conf(this.#port.port));
    writeFileSync(join(this.#dir, 'kdc.conf'), kdcConf(this.#dir, this.#port.port));
    await this.#run('kdb5_util', ['create', '-r', REALM, '-s', '-P', 'master']);
    for (const [user, password] of Object.entries(this.#users)) {
      await this.#admin(`addprinc -pw ${password} ${user}`);
    }
    for (const service of this.#services) {
      await this.#admin(`addprinc -randkey ${service}`);
      await this.#admin(`ktadd -k ${this.keytab} ${service}`);
    }
    const log = openSync(join(this.#dir, 'kdc.log'), 'a');
    const stdio: ['ignore', number, number] = ['ignore', log, log];
    const child = spawn('krb5kdc', ['-n'], { env: this.env, detached: true, stdio });
    closeSync(log);
    await once(child, 'spawn');
    child.unref();
    this.#group = child.pid ?? 0;
    this.#dismissGuard = guardGroup(this.#group, this.#dir);
    const end = performance.now() + 10_000;
    while (!(await portAnswers(this.#port.port))) {
      if (child.exitCode !== null || performance.now() > end) {
        throw new Error(
          `krb5kdc does not listen: ${readFileSync(join(this.#dir, 'kdc.log'), 'utf8')}`,
        );
      }
    }
  }

  async logOn(user: string, lifetime = '1h'): Promise<void> {
    await this.#run('kinit', ['-l', lifetime, user], `${this.#users[user] ?? ''}\n`);
  }

  async logOff(): Promise<void> {
    await this.#run('kdestroy', ['-q']);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#group !== 0) await endGroup(this.#group);
    this.#dismissGuard();
    rmSync(this.#dir, { recursive: true, force: true });
    this.#port.release();
  }

  async #admin(command: string): Promise<void> {
    const { stdout, stderr } = await this.#run('kadmin.local', ['-q', command]);
    // kadmin.local exits with 0 whatever became of the command.
    if (/(add_principal|ktadd|kadmin[.\w]*): (?!Adding)/.test(stderr)) {
      throw new Error(`kadmin.local: ${stdout}${stderr}`);
    }
  }

  #run(
    program: string,
    args: readonly string[],
    input?: string,
  ): Promise<{ stdout: string; stderr: string }> {
    return runProgram(program, args, {
      env: this.env,
      cwd: this.#dir,
      ...(input !== undefined && { input }),
    });
  }
}

/** No DNS, TCP only; a small clock skew, by which servers let tickets live longer. */
function krb5Conf(port: number): string {
  return [
    '[libdefaults]',
    `default_realm = ${REALM}`,
    'dns_lookup_kdc = false',
    'dns_lookup_realm = false',
    'dns_canonicalize_hostname = false',
    'rdns = false',
    'udp_preference_limit = 1',
    'clockskew = 1',
    '[realms]',
    `${REALM} = {`,
    `kdc = 127.0.0.1:${port}`,
    '}',
    '[domain_realm]',
    `.lab.test = ${REALM}`,
    '',
  ].join('\n');
}

/** TCP only, since the port's UDP half is held as reserved; no PAC, which a standalone smbd refuses. */
function kdcConf(dir: string, port: number): string {
  return [
    '[kdcdefaults]',
    'kdc_listen = ""',
    `kdc_tcp_listen = 127.0.0.1:${port}`,
    '[realms]',
    `${REALM} = {`,
    `database_name = ${dir}/principal`,
    `key_stash_file = ${dir}/stash`,
    `acl_file = ${dir}/acl`,
    'max_life = 10h',
    'supported_enctypes = aes256-cts:normal aes128-cts:normal',
    'disable_pac = true',
    '}',
    '',
  ].join('\n');
}
