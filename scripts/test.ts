import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './root.ts';
import { run } from './run.ts';
import { ensureNeeds } from './set-up/ensure.ts';
import { TEST_NEEDS } from './set-up/needs.ts';
import { summarise } from './test-summary.ts';
import type { TestReport } from './test-summary.ts';

/** What `npm test` does before the tests proper; each is a script of its own in package.json. */
const CHECKS = [
  ['formatting', 'format'],
  ['types', 'typecheck'],
  ['lint', 'lint'],
  ['import rules', 'check:imports'],
] as const;

const REPORT = join(ROOT, 'build', 'test-report.json');

function section(title: string): void {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 60 - title.length))}`);
}

/** Arguments go to vitest: `npm test -- src/smb/wire`. Resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  section('set-up');
  if (!(await ensureNeeds(TEST_NEEDS))) return 1;
  const packages = TEST_NEEDS.map((need) => need.debianPackage).join(', ');
  console.log(`Node ${process.versions.node}; there are ${packages}`);
  for (const [title, script] of CHECKS) {
    section(title);
    const start = performance.now();
    const code = await run('npm', ['run', '--silent', script]);
    if (code !== 0) {
      console.error(`\n${title}: failed; \`npm run ${script}\` repeats this check alone`);
      return code;
    }
    console.log(`ok, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  section('tests');
  return await runTests(args);
}

async function runTests(args: readonly string[]): Promise<number> {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  rmSync(REPORT, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const code = await run('vitest', ['run', ...reporters, ...args]);
  let report: TestReport;
  try {
    report = JSON.parse(readFileSync(REPORT, 'utf8')) as TestReport;
  } catch (error) {
    console.error(`The tests left no report: ${String(error)}`);
    return code === 0 ? 1 : code;
  }
  const summary = summarise(report);
  // A test that could not run has shown nothing; a filter given by hand skips on purpose.
  const mustRun =
    process.env['CI'] !== undefined && args.length === 0 && summary.skipped.length > 0;
  if (mustRun) {
    console.error('Skipped, though in CI every test has to run:');
    for (const name of summary.skipped) console.error(`  ${relative(ROOT, name)}`);
  }
  console.log(summary.line);
  if (code !== 0) return code;
  return mustRun || summary.passed === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
