import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { listLocal } from './list-local.ts';
import type { ListedEntry } from './listed-entry.ts';
import { locationArgument } from './location-argument.ts';
import type { Location } from '../app/location.ts';
import { openBucket } from '../app/open-bucket.ts';
import { Logon, addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { isoTime, printable } from './output.ts';
import { Progress } from './progress.ts';
import { openShare } from './share.ts';

interface LsOptions extends LogonOptions {
  readonly json?: boolean;
}

export function addLs(program: Command, context: CommandContext): void {
  const command = program
    .command('ls')
    .summary('list a directory')
    .description('Lists a directory, in the order in which the entries arrive.')
    .argument(
      '<location>',
      'smb://user@host/share[/path], s3://bucket[/prefix], file:///path or a plain path',
    )
    .option('--json', 'print one JSON object a line');
  addLogonOptions(command).action((text: string, options: LsOptions) => ls(text, options, context));
}

async function ls(text: string, options: LsOptions, context: CommandContext): Promise<void> {
  const location = locationArgument(text);
  const { output } = context;
  const format = options.json === true ? jsonLine : humanLine;
  const logon = new Logon(options, context);
  if (location.type === 'smb') await logon.prepare([location]);
  let count = 0;
  const progress = new Progress(output, () => `${count.toLocaleString('en')} entries`);
  try {
    for await (const page of pages(location, logon, context)) {
      count += page.length;
      if (page.length > 0) await output.line(page.map(format).join('\n'));
    }
  } finally {
    progress.stop();
  }
}

async function* pages(
  location: Location,
  logon: Logon,
  { env, signal }: CommandContext,
): AsyncGenerator<readonly ListedEntry[], void, undefined> {
  if (location.type === 'local') {
    yield* listLocal(location.path, signal);
    return;
  }
  if (location.type === 's3') {
    const bucket = openBucket(location, env);
    try {
      yield* bucket.list(location.path, { signal });
    } finally {
      bucket.close();
    }
    return;
  }
  const share = await openShare(location, logon, signal);
  try {
    yield* share.tree.list(location.path, { signal });
  } finally {
    await share.close();
  }
}

function jsonLine(entry: ListedEntry): string {
  const created = isoTime(entry.createdAt ?? 0);
  return JSON.stringify({
    name: entry.name,
    kind: entry.kind,
    size: entry.size,
    modified_at: isoTime(entry.modifiedAt),
    ...(created === null ? {} : { created_at: created }),
    ...(entry.fileId === undefined ? {} : { file_id: String(entry.fileId) }),
    ...(entry.etag === undefined ? {} : { etag: entry.etag }),
  });
}

const MARKS = { file: ' ', directory: 'd', link: 'l' } as const;

function humanLine({ name, kind, size, modifiedAt }: ListedEntry): string {
  const bytes = kind === 'directory' ? '-' : size.toLocaleString('en');
  const time = isoTime(modifiedAt)?.replace('T', ' ').replace(/\..*/, '') ?? '-';
  return `${MARKS[kind]} ${bytes.padStart(15)}  ${time.padEnd(19)}  ${printable(name)}`;
}
