import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from './parse-message.ts';

describe('a message of a client', () => {
  it('has defaults for what is left out', () => {
    expect(parseMessage('{"action":"subscribe","connection_id":"data"}')).toEqual({
      ...{ action: 'subscribe', connection_id: 'data', path: '' },
      ...{ recursive: 'tree', detail: 'refresh' },
    });
  });

  it('may have fields that nobody knows', () => {
    expect(parseMessage('{"action":"ping","more":1,"__proto__":{"path":5}}')).toEqual({
      action: 'ping',
    });
  });

  it.each([
    '{"action":"ping","request_id":1e999}',
    `{"action":"ping","request_id":"${'x'.repeat(201)}"}`,
  ])('is refused when its answer could not carry its request_id: %s', (text) => {
    expect(parseMessage(text)).toMatchObject({ action: 'invalid' });
    expect(parseMessage(text)).not.toHaveProperty('request_id');
  });

  it('is either understood or refused with a sentence, whatever it is', () => {
    const action = fc.constantFrom('subscribe', 'unsubscribe', 'refresh', 'ping', 'authenticate');
    const fields = fc.record(
      {
        action: fc.oneof(action, fc.jsonValue()),
        connection_id: fc.oneof(fc.string(), fc.jsonValue()),
        path: fc.oneof(fc.string(), fc.jsonValue()),
        recursive: fc.oneof(fc.boolean(), fc.constant('tree'), fc.jsonValue()),
        detail: fc.oneof(fc.constant('changes'), fc.jsonValue()),
        resume: fc.oneof(fc.record({ epoch: fc.string(), seq: fc.nat() }), fc.jsonValue()),
        request_id: fc.oneof(fc.string(), fc.jsonValue()),
        token: fc.oneof(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fields.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const message = parseMessage(text);
        if (message.action === 'invalid') expect(message.message).not.toBe('');
        else expect(JSON.parse(text)).toMatchObject({ action: message.action });
      }),
    );
  });
});
