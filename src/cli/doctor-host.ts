import { createCipheriv, createHash, createHmac, getCiphers } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DEFAULTS } from '../defaults.ts';
import { imohashEngine } from '../imohash/index.ts';
import type { CheckResult } from './doctor-report.ts';

/** The oldest Node that runs this. */
const OLDEST = [22, 22] as const;

/** Every check of this machine, in the order in which they are shown. */
export function hostChecks(): CheckResult[] {
  return [
    checkNode(process.versions.node),
    checkCrypto(),
    checkHashing(),
    checkOpenFiles(openFilesLimit()),
    ...(process.platform === 'linux' ? [checkInotify(readInotifyLimit)] : []),
  ];
}

/** `version` as in `process.versions.node`. */
export function checkNode(version: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (enough) return { check: 'node', status: 'ok', message: `Node ${version}`, version };
  return {
    check: 'node',
    status: 'fail',
    message: `Node ${version} is too old`,
    remedy: `Install Node ${OLDEST.join('.')} or newer.`,
    version,
  };
}

/** What SMB needs: a hardened OpenSSL may lack some of it. */
function checkCrypto(): CheckResult {
  const missing: string[] = [];
  const attempt = (name: string, use: () => unknown): void => {
    try {
      use();
    } catch {
      missing.push(name);
    }
  };
  for (const name of ['md5', 'sha256', 'sha512']) attempt(name, () => createHash(name));
  attempt('hmac-md5', () => createHmac('md5', 'key'));
  attempt('hmac-sha256', () => createHmac('sha256', 'key'));
  const iv = Buffer.alloc(16);
  attempt('aes-128-cbc (for AES-CMAC)', () => createCipheriv('aes-128-cbc', Buffer.alloc(16), iv));
  const known = new Set(getCiphers());
  for (const name of ['aes-128-gcm', 'aes-256-gcm', 'aes-128-ccm', 'aes-256-ccm']) {
    if (!known.has(name)) missing.push(name);
  }
  if (missing.length === 0) {
    return { check: 'crypto', status: 'ok', message: 'signing, encryption and NTLM are possible' };
  }
  return {
    check: 'crypto',
    status: 'fail',
    message: `the OpenSSL of this Node lacks ${missing.join(', ')}`,
    remedy: 'Use a build of Node with its own OpenSSL, not restricted to FIPS algorithms.',
    missing,
  };
}

function checkHashing(): CheckResult {
  if (imohashEngine() === 'wasm') {
    return { check: 'hashing', status: 'ok', message: 'WebAssembly works' };
  }
  return {
    check: 'hashing',
    status: 'warn',
    message: 'WebAssembly is not available: hashing works, about thirty times slower',
    remedy: 'Start Node without --jitless.',
  };
}

/** `limit` as in ulimit -n; undefined where it cannot be found out. */
export function checkOpenFiles(limit: number | undefined): CheckResult {
  const check = 'open-files';
  if (limit === undefined) return { check, status: 'ok', message: 'no limit is known here' };
  const message = `${limit === Infinity ? 'any number of' : limit} files may be open at once`;
  if (limit >= DEFAULTS.doctorOpenFiles) return { check, status: 'ok', message };
  const remedy = `Raise it for many watches: ulimit -n ${DEFAULTS.doctorOpenFiles}`;
  return { check, status: 'warn', message: `only ${message}`, remedy, limit };
}

/** `read` gives a limit of /proc/sys/fs/inotify by its name, or undefined. */
export function checkInotify(read: (name: string) => number | undefined): CheckResult {
  const check = 'inotify';
  const watches = read('max_user_watches');
  const instances = read('max_user_instances');
  if (watches === undefined || instances === undefined) {
    return { check, status: 'warn', message: 'the limits of inotify cannot be read' };
  }
  const message = `${watches} watches in ${instances} instances for each user`;
  const wanted = { watches: DEFAULTS.doctorInotifyWatches, of: DEFAULTS.doctorInotifyInstances };
  if (watches >= wanted.watches && instances >= wanted.of) return { check, status: 'ok', message };
  const remedy =
    'Raise them for large local trees, also on a Samba server: ' +
    `sysctl fs.inotify.max_user_watches=${Math.max(watches, 8 * wanted.watches)} ` +
    `fs.inotify.max_user_instances=${Math.max(instances, wanted.of)}`;
  return { check, status: 'warn', message: `only ${message}`, remedy, watches, instances };
}

function openFilesLimit(): number | undefined {
  const report = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: number | string } };
  };
  const soft = report.userLimits?.open_files?.soft;
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Infinity : Number(soft);
}

function readInotifyLimit(name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'));
  } catch {
    // Containers may hide it.
    return undefined;
  }
}
