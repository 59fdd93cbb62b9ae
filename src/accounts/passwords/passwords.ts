import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { BoundedWork } from './bounded-work.ts';
import { normalisePassword } from './password-rules.ts';

/** The cost of scrypt (RFC 7914 section 2): 2^logBlocks blocks of 128 · blockSize bytes. */
export interface ScryptCost {
  readonly logBlocks: number;
  readonly blockSize: number;
  readonly rounds: number;
}

interface Stored {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export const SCRYPT_COST: ScryptCost = {
  logBlocks: DEFAULTS.scryptLogBlocks,
  blockSize: DEFAULTS.scryptBlockSize,
  rounds: DEFAULTS.scryptRounds,
};

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** `$scrypt$ln=15,r=8,p=3$salt$hash`, the form that other programs use as well. */
const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{22})\$([\w+/]{43})$/;

/**
 * Hashes of passwords. At most so many are computed at once, each in a thread of Node, so that logins
 * starve neither memory nor the threads that read files.
 */
export class Passwords {
  readonly #cost: ScryptCost;
  readonly #work: BoundedWork;
  /** What an unknown name is checked against. */
  readonly #nobody: Stored;

  constructor(cost: ScryptCost = SCRYPT_COST) {
    this.#cost = cost;
    this.#nobody = { cost, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };
    const limit = { running: DEFAULTS.passwordConcurrency, waiting: DEFAULTS.passwordWaiting };
    this.#work = new BoundedWork(limit, () => {
      const message = 'too many passwords wait to be checked';
      const retryAfterMs = DEFAULTS.loginBusyMs;
      return new TidewatchError('too_many_attempts', message, { retryAfterMs });
    });
  }

  /**
   * The hash to store. The password obeys `passwordFault`.
   *
   * @throws TidewatchError `too_many_attempts` when too many wait.
   */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#derive(normalisePassword(password) ?? '', salt, this.#cost);
    const { blockSize, logBlocks, rounds } = this.#cost;
    const cost = `ln=${logBlocks},r=${blockSize},p=${rounds}`;
    return `$scrypt$${cost}$${base64(salt)}$${base64(hash)}`;
  }

  /**
   * Whether it is the password. Without a hash, for a name that nobody has, it is not, which takes as
   * long to find out.
   *
   * @throws TidewatchError `too_many_attempts` when too many wait.
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const parsed = hash === undefined ? undefined : parse(hash);
    const stored = parsed ?? this.#nobody;
    const normalised = normalisePassword(password);
    const found = await this.#derive(normalised ?? '', stored.salt, stored.cost);
    const equal = timingSafeEqual(found, stored.hash);
    return equal && parsed !== undefined && normalised !== undefined;
  }

  /** Whether a stored hash was made with another cost than new ones are. */
  isOutdated(hash: string): boolean {
    const cost = parse(hash)?.cost;
    const { blockSize, logBlocks, rounds } = this.#cost;
    return cost?.logBlocks !== logBlocks || cost.blockSize !== blockSize || cost.rounds !== rounds;
  }

  #derive(password: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
    const { blockSize, logBlocks, rounds } = cost;
    const options = {
      ...{ N: 2 ** logBlocks, r: blockSize, p: rounds },
      maxmem: 2 * memoryOf(cost),
    };
    return this.#work.run(
      () =>
        new Promise((resolve, reject) => {
          scrypt(password, salt, HASH_BYTES, options, (error, key) => {
            if (error === null) resolve(key);
            else reject(error);
          });
        }),
    );
  }
}

/** Undefined for what is no hash of ours, or would take more memory than a check may. */
function parse(text: string): Stored | undefined {
  const [, logBlocks, blockSize, rounds, salt, hash] = STORED.exec(text) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const cost = {
    logBlocks: Number(logBlocks),
    blockSize: Number(blockSize),
    rounds: Number(rounds),
  };
  if (cost.logBlocks < 1 || cost.blockSize < 1 || cost.rounds < 1) return undefined;
  if (memoryOf(cost) > DEFAULTS.scryptMaxBytes) return undefined;
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function memoryOf({ blockSize, logBlocks, rounds }: ScryptCost): number {
  return 128 * blockSize * (2 ** logBlocks + rounds);
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
