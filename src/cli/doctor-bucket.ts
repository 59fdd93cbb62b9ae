import { s3Target } from '../app/s3-location.ts';
import type { AwsVariables, S3Location } from '../app/s3-location.ts';
import { testS3 } from '../app/s3-stages.ts';
import type { DoctorReport } from './doctor-report.ts';

/** Tries a location of S3 stage by stage: dns, tcp, auth, tree (the bucket), open, notify. */
export async function checkBucketLocation(
  location: S3Location,
  env: AwsVariables,
  report: DoctorReport,
  signal: AbortSignal,
): Promise<void> {
  await testS3({
    target: s3Target(location, env),
    path: location.path,
    signal,
    onStage: async ({ stage, outcome, ms, code, message = '', remedy }) => {
      if (outcome === 'skipped') return;
      const status = outcome === 'failed' ? 'fail' : 'ok';
      await report.add({
        ...{ check: stage, status, ms, message },
        ...(remedy !== undefined && { remedy }),
        ...(code !== undefined && { code }),
      });
    },
  });
}
