import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Something of the machine that tests, the tutorial and the demonstration use, and the Debian package it comes in. */
export interface Need {
  readonly what: string;
  readonly debianPackage: string;
  readonly present: () => boolean;
}

/** A real Samba server with throw-away users, and Samba's own client as the one who makes changes. */
export const SAMBA_NEEDS: readonly Need[] = [
  { what: 'smbd', debianPackage: 'samba', present: () => hasProgram('smbd') },
  { what: 'smbclient', debianPackage: 'smbclient', present: () => hasProgram('smbclient') },
  {
    what: 'libnss_wrapper.so',
    debianPackage: 'libnss-wrapper',
    present: () => hasLibrary('libnss_wrapper.so'),
  },
];

/** A KDC of MIT Kerberos, its client programs and the GSS-API for the Python of the system. */
export const KERBEROS_NEEDS: readonly Need[] = [
  { what: 'krb5kdc', debianPackage: 'krb5-kdc', present: () => hasProgram('krb5kdc') },
  {
    what: 'kadmin.local',
    debianPackage: 'krb5-admin-server',
    present: () => hasProgram('kadmin.local'),
  },
  { what: 'kinit', debianPackage: 'krb5-user', present: () => hasProgram('kinit') },
  {
    what: 'gssapi of Python',
    debianPackage: 'python3-gssapi',
    present: () => existsSync('/usr/lib/python3/dist-packages/gssapi'),
  },
];

/** Ceph, whose radosgw is a real S3 service; monitor and OSD, which hold what it stores in memory. */
export const CEPH_NEEDS: readonly Need[] = ['radosgw', 'ceph-mon', 'ceph-osd'].map((name) => ({
  what: name,
  debianPackage: name,
  present: () => hasProgram(name),
}));

/** PostgreSQL, the one that can take the place of the embedded database. */
export const POSTGRES_NEEDS: readonly Need[] = [
  {
    what: 'postgres',
    debianPackage: 'postgresql',
    present: () => postgresPrograms() !== undefined || hasProgram('postgres'),
  },
];

/** Everything that the tests use. */
export const TEST_NEEDS: readonly Need[] = [
  ...SAMBA_NEEDS,
  ...KERBEROS_NEEDS,
  ...CEPH_NEEDS,
  ...POSTGRES_NEEDS,
];

/** The directory of PostgreSQL's programs, which Debian keeps off the path: the newest version. */
export function postgresPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')) && existsSync(join(bin, 'initdb')));
}

/** Whether a program is on the path; servers live in `/usr/sbin`, which users often lack there. */
export function hasProgram(name: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      // Not here, or not for us: the next directory may have it.
      return false;
    }
  });
}

function hasLibrary(name: string): boolean {
  const roots = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/lib'].filter((dir) =>
    existsSync(dir),
  );
  const below = roots.flatMap((dir) => readdirSync(dir, { withFileTypes: true }));
  const directories = below.filter((entry) => entry.isDirectory());
  return [...roots, ...directories.map((entry) => join(entry.parentPath, entry.name))].some((dir) =>
    existsSync(join(dir, name)),
  );
}
