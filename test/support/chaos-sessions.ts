import type { Transport } from '../../src/smb/index.ts';
import type { SambaServer } from '../servers/samba.ts';
import type { ChaosStage } from './chaos-stage.ts';
import { openShare } from './open-share.ts';
import type { OpenShare } from './open-share.ts';

/** Of the length that stands before each message on TCP. */
const PREFIX = 4;
/** First byte of a message that is encrypted (MS-SMB2 2.2.41); its header names the session, too. */
const ENCRYPTED = 0xfd;

/** The session of each connection of a stage, as soon as each has sent something. */
export function sessionsOf({ sockets }: ChaosStage): Promise<bigint[]> {
  return Promise.all([...sockets].map(nextSession));
}

function nextSession(transport: Transport): Promise<bigint> {
  const send = transport.send.bind(transport);
  return new Promise((resolve) => {
    transport.send = (parts) => {
      transport.send = send;
      const frame = Buffer.concat(parts);
      const at = frame[PREFIX] === ENCRYPTED ? 44 : 40;
      resolve(frame.readBigUInt64LE(PREFIX + at));
      send(parts);
    };
  });
}

/**
 * Logs on anew in the place of a session, so that the server ends that one (MS-SMB2 3.3.5.5.3): it does
 * so on a TCP connection that it leaves alone.
 */
export function supersede(samba: SambaServer, previousSessionId: bigint): Promise<OpenShare> {
  const [username = '', password = ''] = Object.entries(samba.users)[0] ?? [];
  return openShare(samba, { credentials: { username, password, previousSessionId } });
}
