import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { TEST_NEEDS } from '../../scripts/set-up/needs.ts';
import { planSetUp } from '../../scripts/set-up/plan.ts';
import type { Situation } from '../../scripts/set-up/plan.ts';

const bare: Situation = {
  missing: [{ what: 'smbd', debianPackage: 'samba' }],
  apt: true,
  root: false,
  sudo: false,
  terminal: false,
  agreed: false,
};

describe('the plan for missing packages', () => {
  it('is to do nothing when nothing is missing', () => {
    expect(planSetUp({ ...bare, missing: [] })).toEqual({ action: 'nothing' });
  });

  it('is to install them as root without asking', () => {
    const plan = { action: 'install', sudo: false, packages: ['samba'] };
    expect(planSetUp({ ...bare, root: true })).toEqual(plan);
  });

  it('is to use sudo only after a yes', () => {
    const able = { ...bare, sudo: true };
    expect(planSetUp({ ...able, agreed: true })).toMatchObject({ action: 'install', sudo: true });
    expect(planSetUp({ ...able, terminal: true })).toMatchObject({ action: 'ask', sudo: true });
    expect(planSetUp(able)).toMatchObject({ action: 'refuse' });
  });

  it.each([
    ['nobody may install', bare],
    ['nobody may install and nobody can be asked', { ...bare, agreed: true }],
    ['the system is no Debian', { ...bare, apt: false, root: true }],
  ])('is to say exactly what to install when %s', (_, situation) => {
    const plan = planSetUp(situation);
    expect(plan.action === 'refuse' && plan.message).toMatch(
      /^Missing: smbd\.[^]+apt-get install -y --no-install-recommends samba/,
    );
  });
});

describe('what the tests need', () => {
  it('is found on a machine that is set up', () => {
    expect(TEST_NEEDS.filter((need) => !need.present())).toEqual([]);
  });
});

describe('the installation', () => {
  let dir: string;
  let policy: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tidewatch-setup-'));
    policy = join(dir, 'policy-rc.d');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** Runs the script with an apt-get that notes its arguments and what the policy says. */
  async function install(aptGet: string): Promise<string> {
    const script = `#!/bin/sh\necho "$*" >>${dir}/calls\n${aptGet}\n`;
    writeFileSync(join(dir, 'apt-get'), script, { mode: 0o755 });
    const env = { ...process.env, PATH: `${dir}:${process.env['PATH'] ?? ''}` };
    const args = [join(ROOT, 'scripts/set-up/install.sh'), policy, 'samba', 'smbclient'];
    await promisify(execFile)('sh', args, { env });
    return readFileSync(join(dir, 'calls'), 'utf8');
  }

  it('keeps services from starting meanwhile, and only meanwhile', async () => {
    const calls = await install(`sh ${policy}; echo "policy $?" >>${dir}/calls`);
    expect(calls).toMatch(/install -y --no-install-recommends samba smbclient\npolicy 101\n$/);
    expect(existsSync(policy)).toBe(false);
  });

  it('leaves a policy alone that was there before', async () => {
    writeFileSync(policy, 'exit 7\n');
    const calls = await install(`sh ${policy}; echo "policy $?" >>${dir}/calls`);
    expect(calls).toContain('policy 7\n');
    expect(readFileSync(policy, 'utf8')).toBe('exit 7\n');
  });

  it('refreshes the package lists when a version is gone', async () => {
    const calls = await install(`[ -e ${dir}/new ] && exit; touch ${dir}/new; exit 100`);
    expect(calls.trim().split('\n')).toHaveLength(3);
    expect(calls).toMatch(/ update\n.* install /);
  });

  it('shows what apt-get said when it fails, and takes the policy away', async () => {
    const failing = install('echo "E: Unable to locate package samba" >&2; exit 100');
    await expect(failing).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Unable to locate package samba') as string,
    });
    expect(existsSync(policy)).toBe(false);
  });
});
