import type { Command } from 'commander';
import { addDataDir, administer } from './administration.ts';
import type { AdministrationOptions } from './administration.ts';
import type { CommandContext } from './context.ts';
import { NEW_PASSWORD_VARIABLE, newPassword } from './new-password.ts';
import { printable } from './output.ts';

interface PasswordOptions extends AdministrationOptions {
  readonly passwordFile?: string;
}

interface AddOptions extends PasswordOptions {
  readonly admin?: boolean;
}

const PASSWORD =
  'The password is the first line of --password-file, else that of the environment variable ' +
  `${NEW_PASSWORD_VARIABLE}, else it is asked for. `;
const PLACE = 'Works through the server while one runs on the data folder, and without one.';

export function addUser(program: Command, context: CommandContext): void {
  const command = program
    .command('user')
    .summary('make accounts, change passwords')
    .description('Makes accounts of the server, and changes their passwords.');
  const add = command
    .command('add')
    .summary('make an account')
    .description(`Makes an account. ${PASSWORD}${PLACE}`)
    .argument('<name>', 'name of the account')
    .option('--admin', 'it may administer the server')
    .option('--password-file <file>', 'read the password from the first line of a file');
  addDataDir(add).action(async (username: string, options: AddOptions) => {
    const password = await newPassword(username, options.passwordFile, context);
    const role = options.admin === true ? 'admin' : 'user';
    await administer('user.add', { username, password, role }, options, context);
    await context.output.line(`made the account ${printable(username)} (${role})`);
  });
  const passwd = command
    .command('passwd')
    .summary('set the password of an account')
    .description(
      `Sets the password of an account; its logins end, its tokens stay. ${PASSWORD}${PLACE}`,
    )
    .argument('<name>', 'name of the account')
    .option('--password-file <file>', 'read the password from the first line of a file');
  addDataDir(passwd).action(async (username: string, options: PasswordOptions) => {
    const password = await newPassword(username, options.passwordFile, context);
    await administer('user.passwd', { username, password }, options, context);
    await context.output.line(`set the password of ${printable(username)}`);
  });
}
