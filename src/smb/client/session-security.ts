import type { Signer } from '../crypto/signing.ts';
import type { Sealer } from '../crypto/sealing.ts';

/**
 * What the connection needs to know of a session to protect its messages. Filled in by the session
 * once the keys exist; guest and anonymous sessions have neither signer nor sealer.
 */
export interface SessionSecurity {
  sessionId: bigint;
  signer: Signer | undefined;
  sealer: Sealer | undefined;
  /** Everything of this session travels encrypted. */
  sealAll: boolean;
  /** Being logged off, or gone: nothing more may be sent on it. */
  ended: boolean;
}
