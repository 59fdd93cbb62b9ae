import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AuthExchange, AuthProvider, AuthTarget } from '../../src/smb/auth/provider.ts';
import { KERBEROS_OID } from '../../src/smb/auth/spnego.ts';
import { SmbError } from '../../src/smb/smb-error.ts';

/** Debian's own interpreter: the one that its package of the GSS-API is for. */
const PYTHON = '/usr/bin/python3';

interface Answer {
  readonly token?: string | null;
  readonly done?: boolean;
  readonly key?: string;
  readonly lifetime?: number;
  readonly mic?: string;
  readonly valid?: boolean;
  readonly error?: string;
}

/**
 * Kerberos as an `AuthProvider`, through the GSS-API of the system in a process of its own: what
 * somebody who needs Kerberos would write, with the library of their choice.
 */
export class KerberosProvider implements AuthProvider {
  readonly name = 'kerberos';
  readonly oid = KERBEROS_OID;
  /** How many logons were begun. */
  begun = 0;
  readonly #helper: ChildProcessWithoutNullStreams;
  readonly #waiting: ((answer: Answer) => void)[] = [];

  /** `env` names the credential cache and the configuration (KRB5CCNAME, KRB5_CONFIG). */
  constructor(env: NodeJS.ProcessEnv) {
    const script = join(import.meta.dirname, 'gss_initiator.py');
    this.#helper = spawn(PYTHON, [script], { env, stdio: 'pipe' });
    createInterface({ input: this.#helper.stdout }).on('line', (line) => {
      // The helper is our own script: its answers have this shape.
      const answer = JSON.parse(line) as Answer;
      this.#waiting.shift()?.(answer);
    });
    let complaints = '';
    this.#helper.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    this.#helper.stdin.on('error', () => undefined);
    this.#helper.once('error', (error) => this.#endAll(error.message));
    this.#helper.once('close', () => this.#endAll(`the helper ended: ${complaints}`));
  }

  begin(target: AuthTarget): AuthExchange {
    this.begun += 1;
    return new KerberosExchange(this.begun, target.spn.replace('/', '@'), (request) =>
      this.#ask(request),
    );
  }

  /** Ends the helper process. */
  async close(): Promise<void> {
    if (this.#helper.exitCode !== null) return;
    const closed = new Promise((resolve) => this.#helper.once('close', resolve));
    this.#helper.stdin.end();
    await closed;
  }

  async #ask(request: object): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.push(resolve);
      this.#helper.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (answer.error === undefined) return answer;
    throw new SmbError('logon_failure', `Kerberos: ${answer.error}`);
  }

  #endAll(error: string): void {
    for (const resolve of this.#waiting.splice(0)) resolve({ error });
  }
}

const base64 = (bytes: Buffer): string => bytes.toString('base64');
const bytesOf = (text: string | null | undefined): Buffer | undefined =>
  typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;

class KerberosExchange implements AuthExchange {
  done = false;
  expiresAt: number | undefined;
  readonly #id: number;
  readonly #spn: string;
  readonly #ask: (request: object) => Promise<Answer>;
  #key: Buffer | undefined;

  constructor(id: number, spn: string, ask: (request: object) => Promise<Answer>) {
    this.#id = id;
    this.#spn = spn;
    this.#ask = ask;
  }

  async step(token: Buffer | undefined): Promise<Buffer | undefined> {
    const sent = token === undefined ? null : base64(token);
    const request = { op: 'step', id: this.#id, spn: this.#spn, token: sent };
    const answer = await this.#ask(request);
    if (answer.done === true) {
      const { key, lifetime } = await this.#ask({ op: 'facts', id: this.#id });
      this.#key = bytesOf(key);
      this.expiresAt = lifetime === undefined ? undefined : Date.now() + lifetime * 1000;
      this.done = true;
    }
    return bytesOf(answer.token);
  }

  sessionKey(): Buffer {
    if (this.#key !== undefined) return this.#key;
    throw new SmbError('protocol_error', 'The Kerberos logon is not complete');
  }

  async mic(data: Buffer): Promise<Buffer> {
    const { mic } = await this.#ask({ op: 'mic', id: this.#id, data: base64(data) });
    return bytesOf(mic) ?? Buffer.alloc(0);
  }

  async verifyMic(data: Buffer, mic: Buffer): Promise<boolean> {
    const request = { op: 'verify', id: this.#id, data: base64(data), mic: base64(mic) };
    return (await this.#ask(request)).valid === true;
  }
}
