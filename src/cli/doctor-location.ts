import type { SmbLocation } from '../app/location.ts';
import { testSmb } from '../app/smb-stages.ts';
import type { ConnectionStage } from '../app/service-face.ts';
import type { CheckStatus, DoctorReport } from './doctor-report.ts';
import type { Logon } from './logon.ts';

/**
 * Tries a location stage by stage: dns, tcp, negotiate, auth, tree, open, notify. Each is reported with
 * its time; the first that fails ends it.
 */
export async function checkLocation(
  location: SmbLocation,
  logon: Logon,
  report: DoctorReport,
  signal: AbortSignal,
): Promise<void> {
  const { requireEncryption, requireSigning } = logon.options;
  const { host, path, port, share } = location;
  await testSmb({
    target: {
      ...{ type: 'smb', host, port, share, requireEncryption, requireSigning },
      logon: await logon.credentials(location),
    },
    path,
    signal,
    onStage: async (stage, facts) => {
      if (stage.outcome === 'skipped') return;
      const { code, message = '', ms, remedy, stage: check } = stage;
      const known = check === 'negotiate' || check === 'auth' ? facts : {};
      await report.add({
        ...{ check, status: statusOf(stage), message, ms },
        ...(remedy !== undefined && { remedy }),
        ...(code !== undefined && { code }),
        ...known,
      });
    },
  });
}

/** What works only half, or could not be tried to the end, is a warning. */
function statusOf({ outcome, remedy }: ConnectionStage): CheckStatus {
  if (outcome === 'failed') return 'fail';
  return outcome === 'unverified' || remedy !== undefined ? 'warn' : 'ok';
}
