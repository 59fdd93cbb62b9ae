import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GENERATED_PAGES } from './docs/pages.ts';
import { ROOT } from './root.ts';

for (const { path, render } of GENERATED_PAGES) {
  await writeFile(join(ROOT, path), await render());
  console.log(path);
}
