import { expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { SILENT } from '../actors/logger.ts';
import { createRuntime } from './runtime.ts';

it('one who comes while the server is looked for is told of the end, and harms nobody by throwing', async () => {
  const answer = Promise.withResolvers<string>();
  const errors: object[] = [];
  const runtime = createRuntime({
    logger: { ...SILENT, error: (fields) => void errors.push(fields) },
    network: { resolve: () => answer.promise },
  });
  const target = { type: 'smb', host: 'nas', port: 445, share: 'data', logon: {} } as const;
  const { id } = runtime.connections.add({ name: 'data', target, pathPrefix: '' });
  const nothing = (): void => undefined;
  const told: string[] = [];
  const ended = ({ code }: { code: string }): void => {
    told.push(code);
    throw new Error('a mistake of this subscriber');
  };
  const request = { connection: id, path: '', recursive: false, detail: 'refresh' } as const;
  runtime.subscribe(request, { subscribed: nothing, numbered: nothing, state: nothing, ended });
  await runtime.stop();
  answer.resolve('192.0.2.1');
  await settle();
  expect(told).toEqual(['closed']);
  expect(errors).toMatchObject([{ event: 'subscriber.failed' }]);
});
