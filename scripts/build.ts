import { join } from 'node:path';
import { build } from './pack/build.ts';
import { ROOT } from './root.ts';

await build(join(ROOT, 'dist'));
