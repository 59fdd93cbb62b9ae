import { afterEach, describe, expect, it } from 'vitest';
import { DoorServer } from '../../test/support/door-server.ts';
import type { DoorServerOptions } from '../../test/support/door-server.ts';
import { rawAnswer } from '../../test/support/raw-http.ts';

let server: DoorServer;
const start = async (options: DoorServerOptions = {}): Promise<void> => {
  server = await DoorServer.start({ allowedOrigins: ['https://files.example'], ...options });
};
afterEach(() => server.stop());

const preflight = (Origin: string): Promise<Response> =>
  fetch(`${server.http}/api/connections`, {
    method: 'OPTIONS',
    headers: { Origin, 'Access-Control-Request-Method': 'PATCH' },
  });

describe('a page elsewhere', () => {
  it('may ask when its origin is allowed', async () => {
    await start();
    const asked = await preflight('https://files.example');
    expect(asked.status).toBe(204);
    expect(asked.headers.get('Access-Control-Allow-Origin')).toBe('https://files.example');
    expect(asked.headers.get('Access-Control-Allow-Methods')).toBe('GET, POST, PATCH, DELETE');
    expect(asked.headers.get('Access-Control-Allow-Headers')).toBe(
      'Authorization, Content-Type, If-Match',
    );
    expect(asked.headers.get('Access-Control-Allow-Credentials')).toBeNull();
    const got = await server.get('/api/version', { Origin: 'https://files.example' });
    expect(got.status).toBe(200);
    expect(got.headers.get('Access-Control-Allow-Origin')).toBe('https://files.example');
    expect(got.headers.get('Vary')).toBe('Origin');
    expect(got.headers.get('Access-Control-Expose-Headers')).toContain('ETag');
  });

  it.each(['http://evil.example', 'null', 'https://files.example.evil', 'http://files.example'])(
    'is refused otherwise, before anything happens: %s',
    async (Origin) => {
      await start();
      for (const response of [
        await preflight(Origin),
        await server.get('/api/version', { Origin }),
      ]) {
        expect(response.status).toBe(403);
        expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
        expect(await response.json()).toMatchObject({ code: 'forbidden' });
      }
    },
  );

  it('learns nothing without a token, though it may ask', async () => {
    await start();
    const response = await fetch(`${server.http}/api/connections`, {
      headers: { Origin: 'https://files.example' },
    });
    expect(response.status).toBe(401);
  });
});

describe('a page of the server itself', () => {
  it('may ask', async () => {
    await start();
    const response = await server.get('/api/version', { Origin: server.http });
    expect(response.status).toBe(200);
  });

  it('is known by what a trusted proxy was asked for', async () => {
    await start({ trustedProxies: ['127.0.0.1'] });
    const headers = { Origin: 'https://nas.example', 'X-Forwarded-Host': 'nas.example' };
    const response = await server.get('/api/version', headers);
    expect(response.status).toBe(200);
    // Only behind TLS may a browser be told to stay there.
    expect(response.headers.get('Strict-Transport-Security')).toBeNull();
    const secure = await server.get('/api/version', { ...headers, 'X-Forwarded-Proto': 'https' });
    expect(secure.headers.get('Strict-Transport-Security')).toMatch(/^max-age=\d+$/);
  });

  it('is not known by what anybody may say', async () => {
    await start();
    const headers = {
      ...{ Origin: 'https://nas.example', 'X-Forwarded-Host': 'nas.example' },
      'X-Forwarded-Proto': 'https',
    };
    const response = await server.get('/api/version', headers);
    expect(response.status).toBe(403);
    expect(response.headers.get('Strict-Transport-Security')).toBeNull();
  });

  it('has the name that was set, and no other that leads here', async () => {
    await start({ publicUrl: 'https://nas.example' });
    const ask = async (origin: string, host: string): Promise<number> =>
      (
        await rawAnswer(server.port, [
          ...['OPTIONS /api/version HTTP/1.1', `Host: ${host}`, `Origin: ${origin}`],
          ...['Access-Control-Request-Method: GET', 'Connection: close'],
        ])
      ).status;
    expect(await ask('https://nas.example', 'inside')).toBe(204);
    expect(await ask('http://rebound.example', 'rebound.example')).toBe(403);
    expect(await ask(server.http, `127.0.0.1:${server.port}`)).toBe(204);
  });
});
