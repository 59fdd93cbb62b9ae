import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testSmb } from '../../src/app/smb-stages.ts';
import type { ConnectionTest } from '../../src/app/service-face.ts';
import { CONNECTION_STAGES } from '../../src/app/service-face.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type { SmbTarget } from '../../src/storage/target.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { systemNetwork } from '../../src/storage/smb/smb-link.ts';

let samba: SambaServer;
beforeAll(async () => {
  samba = await startSamba();
});
afterAll(() => samba.stop());

const tried = (
  changes: Partial<SmbTarget> = {},
  { path = '', network = systemNetwork, server = samba } = {},
): Promise<ConnectionTest> =>
  testSmb({
    target: {
      ...{ type: 'smb', host: '127.0.0.1', port: server.port, share: 'data' },
      logon: { username: 'alice', password: 'alicepw' },
      ...changes,
    },
    ...{ path, network, signal: new AbortController().signal },
  });

const outcomes = ({ stages }: ConnectionTest): string[] =>
  stages.map(({ outcome, stage }) => `${stage} ${outcome}`);

/** What the stages say when this one fails. */
function failedAt(stage: string): string[] {
  const at = CONNECTION_STAGES.findIndex((one) => one === stage);
  const word = (index: number): string => (index < at ? 'ok' : index === at ? 'failed' : 'skipped');
  return CONNECTION_STAGES.map((one, index) => `${one} ${word(index)}`);
}

describe('a connection that is tried', () => {
  it('tells each stage with its time, what was negotiated, and what kind of server it is', async () => {
    const result = await tried();
    expect(outcomes(result)).toEqual(CONNECTION_STAGES.map((stage) => `${stage} ok`));
    expect(result.stages.every(({ ms }) => ms > 0)).toBe(true);
    expect(result).toMatchObject({
      ok: true,
      ...{ dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm', server_kind: 'samba' },
    });
    expect(result.limits?.['max_read_bytes']).toBeGreaterThan(65_536);
  });

  it('leaves no probe behind', async () => {
    await tried();
    expect(readdirSync(samba.share).filter((name) => name.includes('probe'))).toEqual([]);
  });

  it.each([
    ['dns', 'unreachable', { host: 'host.invalid' }],
    ['tcp', 'unreachable', { port: 9 }],
    ['auth', 'logon_failure', { logon: { username: 'alice', password: 'wrong' } }],
    ['tree', 'share_not_found', { share: 'nothing' }],
  ] as const)('fails at %s with %s and a remedy', async (stage, code, changes) => {
    const result = await tried(changes);
    expect(outcomes(result)).toEqual(failedAt(stage));
    const failure = result.stages.find(({ outcome }) => outcome === 'failed');
    expect(failure).toMatchObject({ ok: false, code });
    expect(failure?.remedy).not.toBe('');
    expect(JSON.stringify(result)).not.toContain('wrong');
  });

  it('fails at open where there is nothing', async () => {
    expect(outcomes(await tried({}, { path: 'missing' }))).toEqual(failedAt('open'));
  });

  it('goes no further than to the address where that is forbidden', async () => {
    const dialled: string[] = [];
    const network = {
      ...systemNetwork,
      dial: (): never => {
        dialled.push('dialled');
        throw new TidewatchError('unreachable', 'no');
      },
    };
    const addresses = { allowLoopback: false, allowPrivate: true };
    const result = await tried({ addresses }, { network });
    expect(outcomes(result)).toEqual(failedAt('dns'));
    expect(result.stages[0]).toMatchObject({ code: 'address_forbidden' });
    expect(dialled).toEqual([]);
  });

  it('is unverified where nothing may be written', async () => {
    mkdirSync(join(samba.share, 'read-only'), { mode: 0o555 });
    const result = await tried({}, { path: 'read-only' });
    expect(outcomes(result).at(-1)).toBe('notify unverified');
    expect(result.ok).toBe(true);
  });

  it('warns where the server does not notify', async () => {
    const server = await startSamba({ variant: 'nonotify' });
    try {
      const result = await tried({}, { server });
      expect(result.stages.at(-1)).toMatchObject({ stage: 'notify', ok: true });
      expect(result.stages.at(-1)?.remedy).toBeDefined();
    } finally {
      await server.stop();
    }
  });

  it('ends at once when it is aborted', async () => {
    const abort = new AbortController();
    const logon = { username: 'alice', password: 'alicepw' };
    const target = { type: 'smb', host: '127.0.0.1', port: samba.port, share: 'data' } as const;
    const trying = testSmb({
      ...{ target: { ...target, logon }, path: '', signal: abort.signal },
      onStage: ({ stage }) => (stage === 'tcp' ? abort.abort(new Error('enough')) : undefined),
    });
    await expect(trying).rejects.toThrow('enough');
  });
});
