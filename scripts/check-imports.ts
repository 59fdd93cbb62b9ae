import { join } from 'node:path';
import { checkImports } from './imports/check.ts';
import { ROOMS } from './imports/rules.ts';
import { ROOT, readManifest } from './root.ts';

const check = checkImports(
  join(ROOT, 'src'),
  ROOMS,
  new Set(Object.keys(readManifest().dependencies)),
);
for (const violation of check.violations) console.error(`src/${violation}`);
if (check.violations.length > 0) {
  console.error(`${check.violations.length} imports against the rules (scripts/imports/rules.ts)`);
  process.exitCode = 1;
} else {
  console.log(`${check.modules} modules, ${check.imports} imports, all as the rules allow`);
}
