import { describe, expect, it } from 'vitest';
import { originAllowed } from './origin.ts';

describe('a page', () => {
  it.each([
    [undefined, 'files.example', true],
    ['https://files.example', 'files.example', true],
    ['https://files.example', 'files.example:443', true],
    ['https://FILES.example', 'Files.Example', true],
    ['http://127.0.0.1:8080', '127.0.0.1:8080', true],
    ['http://[::1]:8080', '[::1]:8080', true],
    ['https://other.example', 'files.example', true],
    ['https://files.example:444', 'files.example', false],
    ['https://other.example:8443', 'files.example', false],
    ['http://other.example', 'files.example', false],
    ['https://files.example.evil', 'files.example', false],
    ['https://evil/files.example', 'files.example', false],
    ['null', 'files.example', false],
    ['file://', '', false],
    ['', 'files.example', false],
    ['no origin', 'files.example', false],
    ['https://files.example', undefined, false],
    ['https://files.example', 'a b', false],
  ])('of %s on the host %s may open a WebSocket: %s', (origin, host, allowed) => {
    const rules = { allowed: ['https://other.example', 'none'] };
    expect(originAllowed(origin, host, rules)).toBe(allowed);
  });

  it.each([
    ['https://files.example', 'files.example', true],
    ['https://files.example', 'inside:8080', true],
    ['http://files.example', 'files.example', false],
    ['https://rebound.example', 'rebound.example', false],
    ['https://other.example', 'files.example', true],
    ['http://127.0.0.1:8080', '127.0.0.1:8080', true],
    ['http://localhost:8080', 'localhost:8080', true],
    ['http://[::1]:8080', '[::1]:8080', true],
    ['http://127.0.0.1:8080', 'files.example', false],
  ])(
    'of %s on the host %s, where the address of the server is set: %s',
    (origin, host, allowed) => {
      const rules = { allowed: ['https://other.example'], publicUrl: 'https://files.example/x' };
      expect(originAllowed(origin, host, rules)).toBe(allowed);
    },
  );
});
