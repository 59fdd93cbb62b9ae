import { describe, expect, it } from 'vitest';
import { TextSink } from '../../../test/support/text-sink.ts';
import { createLogger } from './logger.ts';

describe('the log', () => {
  it('is one JSON object a line, without secrets and queries', () => {
    const sink = new TextSink();
    const logger = createLogger('info', sink);
    const secrets = {
      password: 'QZ',
      token: 'QZ',
      inner: { secret_key: 'QZ', more: { key: 'QZ' } },
    };
    logger.info({ event: 'x', ...secrets, url: '/api/ws?token=QZ' }, 'a sentence');
    logger.debug({ event: 'y' }, 'not told');
    const text = sink.take();
    expect(text).not.toContain('QZ');
    expect(JSON.parse(text)).toMatchObject({
      event: 'x',
      msg: 'a sentence',
      url: '/api/ws',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(logger.isLevelEnabled('debug')).toBe(false);
  });
});
