import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface CephConfig {
  readonly dir: string;
  /** Of this cluster alone. */
  readonly fsid: string;
  readonly port: number;
  readonly monitorPort: number;
}

/**
 * A cluster of one monitor, one OSD that keeps everything in memory and one radosgw, without
 * authentication between them: nothing listens but on the loopback interface.
 */
export function cephConf({ dir, fsid, port, monitorPort }: CephConfig): string {
  const classes = radosClasses();
  return [
    '[global]',
    `fsid = ${fsid}`,
    `mon host = v1:127.0.0.1:${monitorPort}/0`,
    'public addr = 127.0.0.1',
    'cluster addr = 127.0.0.1',
    'ms bind ipv4 = true',
    'ms bind ipv6 = false',
    'auth cluster required = none',
    'auth service required = none',
    'auth client required = none',
    `run dir = ${dir}`,
    `admin socket = ${dir}/$name.asok`,
    `log file = ${dir}/$name.log`,
    `pid file = ${dir}/$name.pid`,
    `mon data = ${dir}/mon`,
    `osd data = ${dir}/osd`,
    `rgw data = ${dir}/rgw`,
    `keyring = ${dir}/keyring`,
    'osd objectstore = memstore',
    'memstore device bytes = 4294967296',
    // Debian 13 has relative ones, which lead nowhere.
    `osd class dir = ${classes}`,
    `erasure code dir = ${join(classes, '..', 'ceph', 'erasure-code')}`,
    'osd pool default size = 1',
    'osd pool default min size = 1',
    'osd pool default pg num = 1',
    'osd pool default pgp num = 1',
    'osd pool default pg autoscale mode = off',
    'osd crush chooseleaf type = 0',
    // An OSD that enters itself into the map may ask before it has the map of the monitors, and hang.
    'osd crush update on start = false',
    'osd class update on start = false',
    'mon allow pool size one = true',
    'mon max pg per osd = 1000',
    'mon data avail crit = 1',
    'mon data avail warn = 1',
    'paxos propose interval = 0.05',
    'paxos min wait = 0.01',
    'osd max object name len = 2048',
    'osd max object namespace len = 256',
    '[client]',
    // Without tcp_nodelay every GET waits 40 ms for an acknowledgement.
    `rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1`,
    'rgw enable usage log = false',
    // Its entries are revoked in every radosgw, also in one that was killed, which is waited for.
    'rgw cache enabled = false',
    'rgw thread pool size = 32',
    'rgw init timeout = 20',
    'client mount timeout = 20',
    'rgw rados pool pg num min = 1',
    'rgw run sync thread = false',
    'rgw relaxed s3 bucket names = true',
    '',
  ].join('\n');
}

/** Where the package has put what OSDs load: a directory named after the architecture. */
function radosClasses(): string {
  const found = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
    .map((entry) => join('/usr/lib', entry.name))
    .find((dir) => readdirSync(dir).includes('rados-classes'));
  return join(found ?? '/usr/lib', 'rados-classes');
}
