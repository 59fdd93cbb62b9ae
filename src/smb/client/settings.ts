import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { Cipher, Dialect } from '../wire/negotiate.ts';
import { systemClock, systemRandom } from './clock.ts';
import type { Clock, RandomSource } from './clock.ts';

/**
 * `auto`: always when server and account can. `on-demand`: only where the server or the share asks
 * for it. `required`: never without.
 */
export type EncryptionPolicy = 'auto' | 'on-demand' | 'required';

export type DialectName = '2.0.2' | '2.1' | '3.0' | '3.0.2' | '3.1.1';

export type CipherName = 'aes-256-gcm' | 'aes-128-gcm' | 'aes-256-ccm' | 'aes-128-ccm';

export interface ConnectionOptions {
  /** `auto` (default) signs whenever the session has a key; `required` refuses guests too. */
  signing?: 'auto' | 'required';
  encryption?: EncryptionPolicy;
  /** Oldest and newest dialect to offer; default all of 2.0.2 to 3.1.1. */
  dialects?: { min?: DialectName; max?: DialectName };
  /** Ciphers to offer on 3.1.1, best first. */
  ciphers?: readonly CipherName[];
  /** For every request but CHANGE_NOTIFY. */
  timeoutMs?: number;
  connectTimeoutMs?: number;
  closeTimeoutMs?: number;
  /** Silence before an ECHO, and the time its answer may take. */
  echoAfterMs?: number;
  echoTimeoutMs?: number;
  /** 16 bytes that name this client across reconnects; default random for each connection. */
  clientGuid?: Buffer;
  clock?: Clock;
  random?: RandomSource;
}

export interface Settings {
  readonly signing: 'auto' | 'required';
  readonly encryption: EncryptionPolicy;
  readonly dialects: readonly number[];
  readonly ciphers: readonly number[];
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly echoAfterMs: number;
  readonly echoTimeoutMs: number;
  readonly clientGuid: Buffer;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const DIALECTS: Readonly<Record<DialectName, number>> = {
  '2.0.2': Dialect.SMB202,
  '2.1': Dialect.SMB210,
  '3.0': Dialect.SMB300,
  '3.0.2': Dialect.SMB302,
  '3.1.1': Dialect.SMB311,
};

const CIPHERS: Readonly<Record<CipherName, number>> = {
  'aes-256-gcm': Cipher.AES256_GCM,
  'aes-128-gcm': Cipher.AES128_GCM,
  'aes-256-ccm': Cipher.AES256_CCM,
  'aes-128-ccm': Cipher.AES128_CCM,
};

/** Fills in the defaults. Throws `invalid_argument` for values that cannot work. */
export function settingsFrom(options: ConnectionOptions): Settings {
  const random = options.random ?? systemRandom;
  const clientGuid = options.clientGuid ?? random(16);
  if (clientGuid.length !== 16) throw invalid('clientGuid', 'must have 16 bytes');
  return {
    signing: options.signing ?? 'auto',
    encryption: options.encryption ?? 'auto',
    dialects: dialectsFrom(options.dialects ?? {}),
    ciphers: ciphersFrom(options.ciphers ?? (Object.keys(CIPHERS) as CipherName[])),
    timeoutMs: positive('timeoutMs', options.timeoutMs, SMB_DEFAULTS.requestTimeoutMs),
    connectTimeoutMs: positive(
      'connectTimeoutMs',
      options.connectTimeoutMs,
      SMB_DEFAULTS.connectTimeoutMs,
    ),
    closeTimeoutMs: positive('closeTimeoutMs', options.closeTimeoutMs, SMB_DEFAULTS.closeTimeoutMs),
    echoAfterMs: positive('echoAfterMs', options.echoAfterMs, SMB_DEFAULTS.echoAfterMs),
    echoTimeoutMs: positive('echoTimeoutMs', options.echoTimeoutMs, SMB_DEFAULTS.echoTimeoutMs),
    clientGuid,
    clock: options.clock ?? systemClock,
    random,
  };
}

function dialectsFrom({ min = '2.0.2', max = '3.1.1' }: { min?: DialectName; max?: DialectName }) {
  const from = DIALECTS[min];
  const to = DIALECTS[max];
  if (from === undefined || to === undefined || from > to) {
    throw invalid('dialects', `has no dialect between ${min} and ${max}`);
  }
  return Object.values(DIALECTS).filter((dialect) => dialect >= from && dialect <= to);
}

function ciphersFrom(names: readonly CipherName[]): number[] {
  return names.map((name) => {
    const cipher = CIPHERS[name];
    if (cipher === undefined) throw invalid('ciphers', `does not know ${name}`);
    return cipher;
  });
}

function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  // Longer delays overflow the timers of Node and fire at once.
  if (!(value > 0 && value < 2 ** 31)) throw invalid(name, 'must be between 1 ms and 24 days');
  return value;
}

function invalid(name: string, why: string): SmbError {
  return new SmbError('invalid_argument', `Option ${name} ${why}`);
}
