import type { Command } from 'commander';
import { addDataDir, administer } from './administration.ts';
import type { AdministrationOptions } from './administration.ts';
import type { CommandContext } from './context.ts';

export function addKey(program: Command, context: CommandContext): void {
  const command = program
    .command('key')
    .summary('change the key of stored secrets')
    .description('Looks after the key that stored passwords are encrypted with.');
  const rotate = command
    .command('rotate')
    .summary('encrypt everything with a new key')
    .description(
      'Encrypts every stored password anew. A key in the file secret-key of the data folder is replaced ' +
        'by a new one; the old one stays in the file until the server starts the next time. With keys in ' +
        'TIDEWATCH_SECRET_KEY (the new one, a space, the old one) the first is taken. What an ' +
        'interruption leaves undone is done by running it again. Works through the server while one ' +
        'runs on the data folder, and without one.',
    );
  addDataDir(rotate).action(async (options: AdministrationOptions) => {
    const { keyId, resumed, rows } = (await administer('key.rotate', {}, options, context)) as {
      keyId: string;
      resumed: boolean;
      rows: number;
    };
    const secrets = rows === 1 ? '1 secret' : `${rows} secrets`;
    const rest = resumed ? ', the rest of a change that was begun before' : '';
    await context.output.line(`encrypted ${secrets} with the key ${keyId}${rest}`);
  });
}
