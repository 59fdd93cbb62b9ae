import type { Command } from 'commander';
import { addDataDir, administer } from './administration.ts';
import type { AdministrationOptions } from './administration.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';
import { printable } from './output.ts';

interface CreateOptions extends AdministrationOptions {
  readonly label: string;
  readonly days?: string;
}

export function addToken(program: Command, context: CommandContext): void {
  const command = program
    .command('token')
    .summary('make tokens for programs')
    .description('Makes tokens with which programs use the server.');
  const create = command
    .command('create')
    .summary('make a token of an account')
    .description(
      'Makes a token of an account and prints it, this once: the server keeps only a hash. Works ' +
        'through the server while one runs on the data folder, and without one.',
    )
    .argument('<name>', 'name of the account that it belongs to')
    .option('--label <text>', 'what the token is for, as lists of tokens show it', 'command line')
    .option('--days <n>', 'days until it ends (default: never)');
  addDataDir(create).action(async (username: string, options: CreateOptions) => {
    const days = options.days === undefined ? undefined : parseDays(options.days);
    const parameters = { username, name: options.label, days };
    const made = (await administer('token.create', parameters, options, context)) as {
      token: string;
    };
    context.output.warn(`a token of ${printable(username)}, shown only now:`);
    await context.output.line(made.token);
  });
}

function parseDays(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= 36_500) return days;
  throw new UsageError('--days takes a whole number from 1 to 36500');
}
