import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { encodeEmptyBody } from '../wire/empty-body.ts';
import { Command } from '../wire/header.ts';
import { Liveness } from './liveness.ts';
import type { OutgoingRequest, Outcome, RequestOptions } from './request.ts';
import type { SessionSecurity } from './session-security.ts';
import type { Settings } from './settings.ts';

/** What a probed connection has to offer. */
export interface Probed {
  readonly settings: Settings;
  readonly remote: string;
  readonly sessions: ReadonlyMap<bigint, SessionSecurity>;
  submit(requests: readonly OutgoingRequest[], options: RequestOptions, outcome: Outcome): void;
  fail(reason: SmbError): void;
}

/**
 * Begins to probe a connection for silence, in the name of any session that lives: servers hang up
 * on an ECHO that is protected for a session they do not know.
 */
export function startProbing(connection: Probed): Liveness {
  const { remote, sessions, settings } = connection;
  const { clock, echoAfterMs, echoTimeoutMs, timeoutMs } = settings;
  const { echoMisses } = SMB_DEFAULTS;
  let isWaiting = false;
  return new Liveness({
    clock,
    echoAfterMs,
    echoTimeoutMs,
    misses: echoMisses,
    // By then, whatever holds the credits is overdue.
    patienceMs: Math.max(timeoutMs, echoAfterMs + echoMisses * echoTimeoutMs),
    probe: () => {
      const session = [...sessions.values()].find(({ ended }) => !ended);
      if (isWaiting || session === undefined) return false;
      isWaiting = true;
      const onSent = (): void => {
        isWaiting = false;
      };
      connection.submit(
        [{ command: Command.ECHO, body: encodeEmptyBody() }],
        { lane: 'urgent', session, timeoutMs: Infinity, onSent },
        // Given up unsent.
        onSent,
      );
      return !isWaiting;
    },
    onDead: (silentMs) =>
      connection.fail(
        new SmbError(
          'disconnected',
          `Connection to ${remote} is dead: no byte for ${Math.round(silentMs)} ms, probes included`,
        ),
      ),
  });
}
