import { existsSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { portAnswers } from './port-answers.ts';
import { startPostgres } from './postgres.ts';
import type { PostgresServer } from './postgres.ts';

let server: PostgresServer | undefined;
afterEach(() => server?.stop());

it('gives fresh databases, keeps them over a crash, and leaves nothing behind', async () => {
  server = await startPostgres();
  const [first, second] = [await server.createDatabase(), await server.createDatabase()];
  expect(first).not.toBe(second);
  await server.sql('create table t as select 1 as n', 'd1');
  await server.kill();
  expect(await portAnswers(server.port)).toBe(false);
  await server.start();
  expect(await server.sql('select n from t', 'd1')).toEqual([{ n: 1 }]);
  await server.stop();
  expect(await portAnswers(server.port)).toBe(false);
  expect(existsSync(server.dir)).toBe(false);
});
