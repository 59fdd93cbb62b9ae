import type { NewConnection } from '../app/index.ts';
import { canonicalUuid } from '../app/index.ts';
import type { Location } from '../app/location.ts';
import { s3Target } from '../app/s3-location.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';
import { locationArgument } from './location-argument.ts';
import { Logon, logonKey } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { PASSWORD_VARIABLE } from './password.ts';

/** A connection as the command line names it. */
export interface NamedLocation {
  readonly name: string;
  readonly location: Location;
}

/** Reads `NAME=LOCATION`. Throws UsageError. */
export function parseConnection(text: string): NamedLocation {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals)).trim();
  if (name === '') throw new UsageError('--connection takes NAME=LOCATION');
  if (canonicalUuid(name) !== undefined) {
    throw new UsageError(`the name ${name} looks like the id of a connection: choose another`);
  }
  return { name, location: locationArgument(text.slice(equals + 1)) };
}

/** The variable that holds the password of a connection: `TIDEWATCH_SMB_PASSWORD_<NAME>`. */
export function passwordVariable(name: string): string {
  return `${PASSWORD_VARIABLE}_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/**
 * The connections with their passwords, which are asked for now where they are missing. Throws
 * UsageError when there is none to be had, or when one would go to several servers or users.
 */
export async function prepareConnections(
  named: readonly NamedLocation[],
  options: LogonOptions,
  context: CommandContext,
): Promise<NewConnection[]> {
  refuseSharedNames(named);
  refuseSharedVariables(named, context);
  const { env } = context;
  const open = named.filter(({ location, name }) => {
    const given = location.type !== 'smb' || location.password !== undefined;
    return !given && env[passwordVariable(name)] === undefined;
  });
  const locations = open.flatMap(({ location }) => (location.type === 'smb' ? [location] : []));
  // What is meant for one connection goes before what is meant for all.
  const { passwordFile, ...ownOptions } = options;
  const single = passwordFile !== undefined || env[PASSWORD_VARIABLE] !== undefined;
  const several = new Set(locations.map(logonKey)).size > 1 && !single;
  const shared = new Logon(options, context);
  if (!several) await shared.prepare(locations);
  const connections: NewConnection[] = [];
  for (const one of named) {
    const own = several || !open.includes(one);
    const logon = own ? new Logon(ownOptions, context, passwordVariable(one.name)) : shared;
    connections.push(await newConnection(one, logon, context));
  }
  return connections;
}

async function newConnection(
  { name, location }: NamedLocation,
  logon: Logon,
  { env }: CommandContext,
): Promise<NewConnection> {
  if (location.type === 'local') {
    return { name, target: { type: 'local', root: location.path }, pathPrefix: '' };
  }
  if (location.type === 's3') {
    return { name, target: s3Target(location, env), pathPrefix: location.path };
  }
  const { host, path, port, share } = location;
  const { requireEncryption, requireSigning } = logon.options;
  const credentials = await logon.credentials(location);
  return {
    name,
    target: {
      ...{ type: 'smb', host, port, share, requireSigning, requireEncryption },
      logon: credentials,
    },
    pathPrefix: path,
  };
}

function refuseSharedNames(named: readonly NamedLocation[]): void {
  const names = named.map(({ name }) => name.normalize('NFC'));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`two connections have the name ${twice}`);
}

/** Names that differ only in what a variable cannot have share one, and then a password as well. */
function refuseSharedVariables(named: readonly NamedLocation[], { env }: CommandContext): void {
  const users = new Map<string, string>();
  for (const { name, location } of named) {
    const variable = passwordVariable(name);
    if (location.type !== 'smb' || location.password !== undefined) continue;
    if (env[variable] === undefined) continue;
    const user = users.get(variable);
    if (user !== undefined && user !== logonKey(location)) {
      throw new UsageError(`${variable} would be the password of several users: rename one`);
    }
    users.set(variable, logonKey(location));
  }
}
