import { isIP } from 'node:net';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { normalisePath } from '../../storage/paths.ts';
import type { ConnectionFields, ConnectionType, Scope } from '../service-face.ts';

/** The fields of a connection that are no secret; absent where they have no value. */
export type Config = Readonly<Record<string, string | number | boolean>>;

/** A connection as it is stored, its secret opened. */
export interface Draft {
  readonly name: string;
  readonly type: ConnectionType;
  readonly scope: Scope;
  readonly config: Config;
  readonly secret: string | undefined;
}

type Check = (value: unknown) => string | number | boolean;

const SECRET_OF: Readonly<Partial<Record<ConnectionType, 'password' | 'secret_key'>>> = {
  smb: 'password',
  s3: 'secret_key',
};

const OF_ALL: Readonly<Record<string, Check>> = {
  index_files: flag,
  include_hidden: flag,
  watch_budget: whole(0, 100_000),
  rescan_interval_minutes: whole(1, 43_200),
};

/** What each type has besides. */
const OF_TYPE: Readonly<Record<ConnectionType, Readonly<Record<string, Check>>>> = {
  smb: {
    host,
    port: whole(1, 65_535),
    share_name: shareName,
    path_prefix: (value) => normalisePath('smb', text(value)),
    username: line,
    domain: line,
    require_signing: flag,
    require_encryption: flag,
  },
  local: { root_path: (value) => normalisePath('local', text(value)) },
  s3: {
    bucket,
    endpoint,
    region: line,
    path_style: flag,
    access_key: line,
    path_prefix: (value) => normalisePath('s3', text(value)),
  },
};

const REQUIRED: Readonly<Record<ConnectionType, readonly string[]>> = {
  smb: ['host', 'share_name'],
  local: ['root_path'],
  s3: ['bucket'],
};

/** Of these, one that changes leads the secret elsewhere: it has to be given anew. */
const LEADS_SECRET: readonly string[] = [
  ...['host', 'port', 'username', 'domain', 'require_encryption', 'require_signing'],
  ...['bucket', 'endpoint', 'region', 'path_style', 'access_key'],
];

/**
 * What a connection is after these changes; `before` is undefined for a new one.
 *
 * @throws TidewatchError `invalid_argument` with a sentence for each field, `secret_required`.
 */
export function applyFields(fields: ConnectionFields, before: Draft | undefined): Draft {
  const faults: Record<string, string> = {};
  const type = fields.type ?? before?.type;
  if (type === undefined || !(type in OF_TYPE)) {
    throw invalid({ type: 'is one of smb, local and s3' });
  }
  if (before !== undefined && type !== before.type) {
    throw invalid({ type: `is ${before.type} and stays so; make a new connection instead` });
  }
  const checks = { ...OF_ALL, ...OF_TYPE[type] };
  const config: Record<string, string | number | boolean> = { ...before?.config };
  const secretName = SECRET_OF[type];
  for (const [field, value] of Object.entries(fields) as [string, unknown][]) {
    if (['name', 'type', 'scope', secretName].includes(field) || value === undefined) continue;
    const check = checks[field];
    if (check === undefined) {
      // A client that sends every field of the form sends null for those of other types.
      if (value !== null) faults[field] = `is no field of a connection of type ${type}`;
    } else if (value === null) delete config[field];
    else attempt(faults, field, () => (config[field] = check(value)));
  }
  const name = attempt(faults, 'name', () => nameOf(fields.name ?? before?.name)) ?? '';
  for (const field of REQUIRED[type]) {
    if (config[field] === undefined && faults[field] === undefined) faults[field] = 'is required';
  }
  const scope = fields.scope ?? before?.scope ?? 'private';
  if (scope !== 'private' && scope !== 'shared') faults['scope'] = 'is private or shared';
  const given = secretName === undefined ? undefined : fields[secretName];
  const secret = attempt(faults, secretName ?? '', () => secretOf(given, before));
  if (Object.keys(faults).length > 0) throw invalid(faults);
  refuseLeading(before, config, given !== undefined);
  return { name, type, scope, config, secret };
}

/** `null` clears it, absent keeps it. */
function secretOf(given: unknown, before: Draft | undefined): string | undefined {
  if (given === undefined) return before?.secret;
  if (given === null) return undefined;
  if (typeof given !== 'string') throw new Fault('is a text');
  if (given.length > DEFAULTS.secretUnits) {
    throw new Fault(`is longer than ${DEFAULTS.secretUnits} characters`);
  }
  return given;
}

function refuseLeading(before: Draft | undefined, config: Config, isGiven: boolean): void {
  if (before?.secret === undefined || isGiven) return;
  const changed = LEADS_SECRET.filter(
    // What weakens how it is sent counts, what strengthens does not.
    (field) => before.config[field] !== config[field] && config[field] !== true,
  );
  if (changed.length === 0) return;
  const secret = SECRET_OF[before.type] ?? 'secret';
  throw new TidewatchError(
    'secret_required',
    `with another ${changed.join(', ')} the ${secret} has to be given again`,
    { fields: { [secret]: 'is required with this change' } },
  );
}

/** What is wrong with one field. */
class Fault extends Error {
  override readonly name = 'Fault';
}

function attempt<T>(faults: Record<string, string>, field: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    const isKnown = error instanceof Fault || error instanceof TidewatchError;
    if (!isKnown) throw error;
    faults[field] = error.message;
    return undefined;
  }
}

function invalid(fields: Readonly<Record<string, string>>): TidewatchError {
  const told = Object.entries(fields).map(([field, fault]) => `${field} ${fault}`);
  return new TidewatchError('invalid_argument', told.join('; '), { fields });
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Fault('is a text');
  return value;
}

/** Text that stands in one line, and is not empty. */
function line(value: unknown): string {
  const given = text(value);
  if (given.trim() === '') throw new Fault('is empty');
  if (given.length > DEFAULTS.fieldUnits) {
    throw new Fault(`is longer than ${DEFAULTS.fieldUnits} characters`);
  }
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(given)) throw new Fault('has control characters');
  return given;
}

function nameOf(value: unknown): string {
  if (value === undefined) throw new Fault('is required');
  return line(value).trim().normalize('NFC');
}

/** A name or an address, without port and brackets. */
function host(value: unknown): string {
  const given = line(value).trim();
  if (isIP(given) !== 0) return given.toLowerCase();
  const label = '[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}_-]{0,62})';
  if (given.length <= 253 && new RegExp(`^${label}(?:\\.${label})*\\.?$`, 'u').test(given)) {
    return given.toLowerCase();
  }
  throw new Fault('is no name of a host and no address');
}

function shareName(value: unknown): string {
  const given = line(value);
  // MS-FSCC 2.1.6; the last ones are names of devices.
  if (given.length > 80 || /["/\\[\]:|<>+=;,*?]/.test(given)) {
    throw new Fault('is no name of a share');
  }
  return given;
}

function bucket(value: unknown): string {
  const given = line(value);
  if (given.length < 3 || given.length > 255 || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(given)) {
    throw new Fault('is no name of a bucket');
  }
  return given;
}

/** `https://host[:port][/path]`; a name and password in it would leave with every answer. */
function endpoint(value: unknown): string {
  const given = line(value);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Fault('is no address that begins with http:// or https://');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Fault('has more than a host, a port and a path');
  }
  return url.href.replace(/\/$/, '');
}

function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Fault('is true or false');
  return value;
}

function whole(least: number, most: number): Check {
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
      return value;
    }
    throw new Fault(`is a whole number from ${least} to ${most}`);
  };
}
