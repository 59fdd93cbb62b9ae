import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { run } from '../run.ts';
import { hasProgram } from './needs.ts';
import type { Need } from './needs.ts';
import { planSetUp } from './plan.ts';

/**
 * Makes sure that everything needed is there, and says what it does.
 *
 * @returns false, after saying what to install, when something is missing and may not be installed.
 */
export async function ensureNeeds(needs: readonly Need[]): Promise<boolean> {
  const missing = needs.filter((need) => !need.present());
  const plan = planSetUp({
    missing,
    apt: hasProgram('apt-get'),
    root: process.getuid?.() === 0,
    sudo: hasProgram('sudo'),
    terminal: process.stdin.isTTY && process.stdout.isTTY,
    agreed: process.env['TIDEWATCH_SETUP'] === '1',
  });
  switch (plan.action) {
    case 'nothing':
      return true;
    case 'refuse':
      console.error(plan.message);
      return false;
    case 'ask':
      console.log(`Missing: ${missing.map((need) => need.what).join(', ')}.`);
      if (!(await agreeOnTerminal(plan.packages))) {
        const packages = plan.packages.join(' ');
        console.error(`Then install them as root: apt-get install ${packages}`);
        return false;
      }
      return await install(missing, plan.sudo);
    case 'install':
      return await install(missing, plan.sudo);
  }
}

async function install(needs: readonly Need[], sudo: boolean): Promise<boolean> {
  const packages = needs.map((need) => need.debianPackage);
  const means = sudo ? 'with sudo' : 'as root';
  console.log(`Installing ${packages.join(', ')} ${means}; no service will be started …`);
  const script = join(import.meta.dirname, 'install.sh');
  const command = [script, '/usr/sbin/policy-rc.d', ...packages];
  const code = sudo ? await run('sudo', ['sh', ...command]) : await run('sh', command);
  const still = needs.filter((need) => !need.present());
  if (code === 0 && still.length === 0) return true;
  const what = still.map((need) => need.what).join(', ');
  console.error(`The installation failed${what === '' ? '' : `; still missing: ${what}`}.`);
  return false;
}

async function agreeOnTerminal(packages: readonly string[]): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`Install ${packages.join(', ')} with sudo? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
