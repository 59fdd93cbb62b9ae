import { describe, expect, it } from 'vitest';
import { summarise } from '../../scripts/test-summary.ts';

const test = (status: string, fullName = 'works') => ({ status, fullName });

describe('the last line of a test run', () => {
  it('counts what passed and failed', () => {
    const assertionResults = [test('passed'), test('failed'), test('passed')];
    const report = { testResults: [{ name: 'a', status: 'failed', assertionResults }] };
    expect(summarise(report)).toMatchObject({ line: '2 passed, 1 failed', skipped: [] });
  });

  it('counts a file that failed to load as a failure', () => {
    const report = { testResults: [{ name: 'a', status: 'failed', assertionResults: [] }] };
    expect(summarise(report).line).toBe('0 passed, 1 failed');
  });

  it('names every test that was skipped or only announced', () => {
    const assertionResults = [test('passed'), test('skipped', 'x'), test('todo', 'y')];
    const report = { testResults: [{ name: 'a', status: 'passed', assertionResults }] };
    expect(summarise(report)).toMatchObject({
      line: '1 passed, 0 failed, 2 skipped',
      skipped: ['a > x', 'a > y'],
    });
  });
});
