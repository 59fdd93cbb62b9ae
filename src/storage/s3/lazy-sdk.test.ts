import { describe, expect, it, vi } from 'vitest';
import { openS3Storage } from './s3-storage.ts';

const loaded = vi.hoisted(() => ({ count: 0 }));

vi.mock('@aws-sdk/client-s3', () => {
  loaded.count += 1;
  throw new RangeError('it is not to be had');
});

describe('the SDK of AWS', () => {
  it('is loaded by the first request, and by nothing before, since that takes long', async () => {
    await import('../../index.ts');
    await import('../../cli/program.ts');
    const target = { type: 's3', bucket: 'photos' } as const;
    const storage = openS3Storage({ target });
    expect(loaded.count).toBe(0);
    await expect(storage.stat('')).rejects.toMatchObject({ code: 'internal_error' });
    expect(loaded.count).toBe(1);
    storage.close();
  });
});
