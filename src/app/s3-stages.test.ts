import { describe, expect, it } from 'vitest';
import { FakeS3, sendError, sendPage } from '../../test/support/fake-s3.ts';
import type { S3Target } from '../storage/target.ts';
import type { ConnectionTest } from './service-face.ts';
import { testS3 } from './s3-stages.ts';

const { signal } = new AbortController();

function words({ stages }: ConnectionTest): string[] {
  return stages.map(({ stage, outcome, code }) => `${stage} ${code ?? outcome}`);
}

describe('the stages of a bucket', () => {
  it('are all there when it is right, and leave nothing open', async () => {
    const answer = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';
    await using fake = await FakeS3.start((_, response) => void response.end(answer));
    const test = await testS3({ target: fake.target, path: '', signal });
    expect(words(test)).toEqual([
      ...['dns ok', 'tcp ok', 'auth ok', 'tree ok', 'open ok', 'notify ok'],
    ]);
    expect(test.ok).toBe(true);
    await expect.poll(() => fake.connections()).toBe(0);
  });

  it('end where the keys are refused', async () => {
    await using fake = await FakeS3.start((_, response) =>
      sendError(response, 403, 'SignatureDoesNotMatch'),
    );
    const test = await testS3({ target: fake.target, path: '', signal });
    expect(test.ok).toBe(false);
    expect(words(test).slice(0, 4)).toEqual([
      ...['dns ok', 'tcp ok', 'auth logon_failure', 'tree skipped'],
    ]);
    expect(JSON.stringify(test)).not.toContain('QZ');
  });

  it('go nowhere the policy does not allow', async () => {
    await using fake = await FakeS3.start((_, response) => sendPage(response, {}));
    const addresses = { allowLoopback: false, allowPrivate: true };
    const test = await testS3({ target: { ...fake.target, addresses }, path: '', signal });
    expect(words(test)[0]).toBe('dns address_forbidden');
    expect(fake.requests).toEqual([]);
  });

  it.each<Partial<S3Target>>([{ bucket: 'no/bucket' }, { endpoint: 'ftp://x' }])(
    'say that %j cannot be',
    async (wish) => {
      const target: S3Target = {
        type: 's3',
        bucket: 'photos',
        endpoint: 'http://[::1]:1',
        ...wish,
      };
      const test = await testS3({ target, path: '', signal });
      expect(words(test)[0]).toBe('dns invalid_argument');
    },
  );
});
