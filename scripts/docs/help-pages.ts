import { PassThrough, Writable } from 'node:stream';
import { Output } from '../../src/cli/output.ts';
import { runProgram } from '../../src/cli/program.ts';

/**
 * Prints the pages of `--help` as JSON, each with the command that it belongs to: of the program, of its
 * commands, and of what these have below themselves. A process of its own, so that no terminal decides
 * how long lines are, and one for all, since starting takes longer than anything else here.
 */
const pages: { command: readonly string[]; text: string }[] = [];
await collect([]);
process.stdout.write(JSON.stringify(pages));

async function collect(command: readonly string[]): Promise<void> {
  const text = await help(command);
  pages.push({ command, text });
  for (const name of namesIn(text)) await collect([...command, name]);
}

async function help(command: readonly string[]): Promise<string> {
  let text = '';
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const silence = new PassThrough().resume();
  await runProgram([...command, '--help'], {
    output: new Output(stdout, silence),
    env: {},
    terminal: { input: new PassThrough(), output: silence },
    signal: new AbortController().signal,
  });
  return text.trimEnd();
}

/** The commands that a page of help lists. */
function namesIn(page: string): string[] {
  const at = page.indexOf('\nCommands:');
  const listed = at < 0 ? '' : page.slice(at);
  const names = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'help');
}
