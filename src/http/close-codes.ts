/** Why this side closes a WebSocket: code and default reason, as clients see them. */
export const CLOSE = {
  goingAway: { code: 1001, reason: 'server going away' },
  refused: { code: 1008, reason: 'not authenticated' },
  wrongOrigin: { code: 1008, reason: 'origin not allowed' },
  notAllowed: { code: 1008, reason: 'not allowed' },
  tooMany: { code: 1008, reason: 'too many sockets' },
  late: { code: 1008, reason: 'not authenticated in time' },
  unchecked: { code: 1011, reason: 'access could not be checked' },
  tokenExpired: { code: 4001, reason: 'token expired' },
  accessWithdrawn: { code: 4003, reason: 'access withdrawn' },
  tooSlow: { code: 4008, reason: 'too slow' },
} as const;

export type CloseReason = (typeof CLOSE)[keyof typeof CLOSE];

/**
 * Whether a socket closed with this code may come back and go on where it was, so that its watches
 * linger. An orderly end (1000, or a close without a code) and withdrawn access leave nothing.
 */
export function mayComeBack(code: number): boolean {
  return code !== 1000 && code !== 1005 && code !== CLOSE.accessWithdrawn.code;
}
