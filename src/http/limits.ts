import { DEFAULTS } from '../defaults.ts';

/** Limits of the doors that tests and hosts may set; milliseconds, bytes or counts. */
export const DOOR_LIMITS = {
  maxSockets: DEFAULTS.wsMaxSockets as number,
  maxSubscriptions: DEFAULTS.wsMaxSubscriptions as number,
  maxOpenRequests: DEFAULTS.wsMaxOpenRequests as number,
  maxMessageBytes: DEFAULTS.wsMaxMessageBytes as number,
  messageBurst: DEFAULTS.wsMessageBurst as number,
  messagesPerSecond: DEFAULTS.wsMessagesPerSecond as number,
  authenticationMs: DEFAULTS.wsAuthenticationMs as number,
  ticketMs: DEFAULTS.wsTicketMs as number,
  maxTickets: DEFAULTS.wsMaxTickets as number,
  heartbeatMs: DEFAULTS.wsHeartbeatMs as number,
  queueBytes: DEFAULTS.wsQueueBytes as number,
  slowMs: DEFAULTS.wsSlowMs as number,
  closeMs: DEFAULTS.wsCloseMs as number,
  inspectMaxActors: DEFAULTS.inspectMaxActors as number,
  inspectQueueBytes: DEFAULTS.inspectQueueBytes as number,
  maxBodyBytes: DEFAULTS.httpMaxBodyBytes as number,
};

export type DoorLimits = Readonly<typeof DOOR_LIMITS>;
