import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packAll } from './pack/pack.ts';
import { ROOT } from './root.ts';

for (const path of Object.values(await packAll(join(ROOT, 'build')))) {
  const { size } = await stat(path as string);
  console.log(`${relative(ROOT, path as string)}  ${Math.ceil(size / 1024)} KB`);
}
