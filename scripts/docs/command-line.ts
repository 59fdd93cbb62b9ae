import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../root.ts';
import { GENERATED } from './generated.ts';

/** The page of the command line: what `--help` says, for the program and each of its commands. */
export async function commandLinePage(): Promise<string> {
  const pages = await helpPages();
  return [
    GENERATED,
    '',
    '# The command line',
    '',
    'What `tidewatch --help` says (`src/cli`). From a checkout `npx tidewatch` runs it.',
    ...pages.flatMap(({ command, text }) => [...heading(command), ...block(text)]),
    ...RULES,
    '',
  ].join('\n');
}

const RULES = [
  '',
  '## Exit codes',
  '',
  '| code | meaning |',
  '| --- | --- |',
  '| 0 | done; for `watch` and `serve` also: ended by Ctrl-C |',
  '| 1 | something lasting is in the way, or something asked for failed |',
  '| 2 | the command line cannot be understood |',
  '| 130 | interrupted by Ctrl-C |',
  '',
  '## Passwords',
  '',
  'A password is looked for in this order: `--password-file FILE` (its first line), the environment',
  'variable `TIDEWATCH_SMB_PASSWORD`, a prompt when there is a terminal. One written into the location',
  'itself wins over all of them, but other users of the machine can read the arguments of a process.',
  'Passwords never appear in output, errors or the process title.',
  '',
  '## Keys of S3',
  '',
  'Locations `s3://bucket[/prefix]` hold no keys. They are taken from the environment:',
  '`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN` where there is one. Without',
  'them requests are not signed, which public buckets allow. What the location does not say is taken',
  'from `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION` and `AWS_DEFAULT_REGION`; nothing is',
  'read from files of AWS, and no metadata service is asked.',
];

/** None for the program itself, which the page is about. */
function heading(command: readonly string[]): string[] {
  return command.length === 0 ? [] : ['', `${'#'.repeat(command.length + 1)} ${command.join(' ')}`];
}

function block(text: string): string[] {
  return ['', '```text', text, '```'];
}

async function helpPages(): Promise<{ command: string[]; text: string }[]> {
  const script = join(ROOT, 'scripts', 'docs', 'help-pages.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  return JSON.parse(stdout) as { command: string[]; text: string }[];
}
