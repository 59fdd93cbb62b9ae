/** The part of vitest's JSON report that is used here. */
export interface TestReport {
  readonly testResults: readonly {
    /** Absolute path of the test file. */
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface TestSummary {
  readonly passed: number;
  /** Failed tests, and files that failed before any of their tests ran. */
  readonly failed: number;
  /** File and full name of every test that was skipped or only announced. */
  readonly skipped: readonly string[];
  /** `N passed, N failed`, and `, N skipped` when any was. */
  readonly line: string;
}

export function summarise(report: TestReport): TestSummary {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const file of report.testResults) {
    let failedHere = 0;
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') passed += 1;
      else if (status === 'failed') failedHere += 1;
      else skipped.push(`${file.name} > ${fullName}`);
    }
    failed += failedHere === 0 && file.status === 'failed' ? 1 : failedHere;
  }
  const tail = skipped.length === 0 ? '' : `, ${skipped.length} skipped`;
  return { passed, failed, skipped, line: `${passed} passed, ${failed} failed${tail}` };
}
