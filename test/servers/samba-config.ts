import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/**
 * The server set-ups that tests run against, and the lines of smb.conf each adds to [global].
 *
 * `default` offers 3.1.1 with signing and encryption possible, neither required.
 */
export const SAMBA_VARIANTS = {
  default: [],
  signing: ['server signing = mandatory'],
  encrypt: ['server smb encrypt = required'],
  smb202: ['server max protocol = SMB2_02'],
  smb210: ['server max protocol = SMB2_10'],
  smb300: ['server max protocol = SMB3_00'],
  smb302: ['server max protocol = SMB3_02'],
  smb311only: ['server min protocol = SMB3_11'],
  guest: ['map to guest = Bad User'],
  nonotify: ['change notify = no'],
  noinotify: ['kernel change notify = no'],
} as const satisfies Record<string, readonly string[]>;

export type SambaVariant = keyof typeof SAMBA_VARIANTS;

/** Directories smbd wants below its private directory. */
export const SAMBA_DIRECTORIES = [
  'pid',
  'lock',
  'state',
  'cache',
  'private',
  'ncalrpc',
  'logs',
  'share',
] as const;

/** What smb.conf is made from. */
export interface SambaConfig {
  readonly dir: string;
  readonly port: number;
  readonly variant: SambaVariant;
  readonly sharePath: string;
  /** Further lines of [global] and of each share. */
  readonly global: readonly string[];
  readonly share: readonly string[];
}

/** smb.conf of a server that keeps everything below `dir` and listens on loopback only. */
export function smbConf(config: SambaConfig): string {
  const { dir } = config;
  const guest = config.variant === 'guest' ? ['guest ok = yes'] : [];
  const share = (name: string, readOnly: 'yes' | 'no'): string[] => [
    `[${name}]`,
    `path = ${config.sharePath}`,
    `read only = ${readOnly}`,
    ...guest,
    ...config.share,
  ];
  return [
    '[global]',
    'netbios name = LABSRV',
    'workgroup = LAB',
    'server role = standalone server',
    `smb ports = ${config.port}`,
    'interfaces = 127.0.0.1/8',
    'bind interfaces only = yes',
    'disable netbios = yes',
    `pid directory = ${dir}/pid`,
    `lock directory = ${dir}/lock`,
    `state directory = ${dir}/state`,
    `cache directory = ${dir}/cache`,
    `private dir = ${dir}/private`,
    `ncalrpc dir = ${dir}/ncalrpc`,
    `passdb backend = tdbsam:${dir}/private/passdb.tdb`,
    `log file = ${dir}/logs/log.%m`,
    'log level = 1',
    'max log size = 0',
    'load printers = no',
    'printing = bsd',
    'printcap name = /dev/null',
    'disable spoolss = yes',
    'usershare path =',
    'idmap config * : backend = tdb',
    'idmap config * : range = 100000-199999',
    `guest account = ${isRoot() ? 'nobody' : userInfo().username}`,
    'server multi channel support = no',
    ...SAMBA_VARIANTS[config.variant],
    ...config.global,
    ...share('data', 'no'),
    ...share('ro', 'yes'),
    '',
  ].join('\n');
}

/**
 * The passwd and group files that nss_wrapper shows to smbd: the users of the test exist only there.
 * As root each has a uid of its own (61001, 61002, …), otherwise all share the uid of the runner.
 */
export function nssFiles(users: readonly string[]): { passwd: string; group: string } {
  const { uid, gid } = userInfo();
  const group = isRoot() ? 61_001 : gid;
  const system = readFileSync('/etc/passwd', 'utf8').split('\n');
  const kept = system.filter(
    (line) => /^(root|nobody):/.test(line) || line.split(':')[2] === String(uid),
  );
  const added = users.map(
    (name, i) => `${name}:x:${isRoot() ? 61_001 + i : uid}:${group}:${name}:/:/bin/false`,
  );
  const groups = readFileSync('/etc/group', 'utf8').split('\n');
  const keptGroups = groups.filter((line) => /^(root|nogroup|nobody):/.test(line));
  return {
    passwd: [...kept, ...added, ''].join('\n'),
    group: [...keptGroups, `lab:x:${group}:`, ''].join('\n'),
  };
}

function isRoot(): boolean {
  return userInfo().uid === 0;
}
