import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalUuid, connectionId } from './connection-id.ts';

describe('the id of a named connection', () => {
  it('is a UUID of version 5', () => {
    expect(connectionId('projects')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('is the same at each start and another for another name', () => {
    expect(connectionId('projects')).toBe('d393913e-b9a9-50ea-b340-13146b3a8acc');
    expect(connectionId('Projects')).not.toBe(connectionId('projects'));
    expect(connectionId('')).not.toBe(connectionId('projects'));
  });

  it('does not depend on how an accent is encoded', () => {
    expect(connectionId('caf\u00e9')).toBe(connectionId('cafe\u0301'));
  });
});

describe('the canonical spelling of a UUID', () => {
  it('is the same for every way to write it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.boolean(), fc.boolean(), fc.boolean(), (uuid, bare, upper, urn) => {
        const digits = bare ? uuid.replaceAll('-', '') : uuid;
        const spelled = upper ? digits.toUpperCase() : digits;
        expect(canonicalUuid(spelled)).toBe(uuid);
        expect(canonicalUuid(`{${spelled}}`)).toBe(uuid);
        expect(canonicalUuid(`${urn ? 'urn:uuid:' : 'URN:UUID:'}${spelled}`)).toBe(uuid);
      }),
    );
  });

  it('is that of an id made from a name', () => {
    const id = connectionId('projects');
    expect(canonicalUuid(id)).toBe(id);
  });

  it.each([
    '',
    'projects',
    'd393913e-b9a9-50ea-b340-13146b3a8ac',
    'd393913e-b9a9-50ea-b340-13146b3a8accc',
    'd393913eb9a9-50ea-b340-13146b3a8acc',
    'd393913e-b9a950ea-b34013146b3a-8acc',
    '{d393913e-b9a9-50ea-b340-13146b3a8acc',
    'd393913e-b9a9-50ea-b340-13146b3a8acc}',
    '{{d393913e-b9a9-50ea-b340-13146b3a8acc}}',
    ' d393913e-b9a9-50ea-b340-13146b3a8acc',
    'd393913e-b9a9-50ea-b340-13146b3a8acc\n',
    'g393913e-b9a9-50ea-b340-13146b3a8acc',
    'urn:uuid:',
  ])('does not exist for %j', (text) => {
    expect(canonicalUuid(text)).toBeUndefined();
  });
});
