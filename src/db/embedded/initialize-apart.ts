import { execFile } from 'node:child_process';
import { extname } from 'node:path';
import { promisify } from 'node:util';

/** Makes the files of an empty database in a process of its own, whose memory goes with it. */
export async function initializeApart(folder: string): Promise<void> {
  // The sources run as they are, or compiled.
  const module = new URL(`./initialize-folder${extname(import.meta.url)}`, import.meta.url);
  const script = `import { initializeFolder } from ${JSON.stringify(module.href)};
    await initializeFolder(process.argv[1]);`;
  const { PATH, HOME, TMPDIR, SystemRoot } = process.env;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script, folder], {
    // Secrets in the environment of the server are none of its business.
    env: { PATH, HOME, TMPDIR, SystemRoot },
  });
}
