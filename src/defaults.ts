/**
 * Every limit and time-out outside the SMB client, which has its own in `smb/defaults.ts`:
 * milliseconds, bytes or counts as the name says.
 */
export const DEFAULTS = {
  /** Watches retry after a random time up to `base · factor^attempt`, capped ("full jitter"). */
  retryBaseMs: 500,
  retryFactor: 2,
  retryCapMs: 60_000,
  retryJitter: 'full',
  /** Failures in a row before a watch is given up. */
  retryMaxAttempts: Infinity,
  /** No delay is shorter, or what fails at once would be tried again in a busy loop. */
  retryFloorMs: 10,
  /** A watch that lived this long starts again with the shortest delays. */
  retryResetMs: 10_000,

  /** Remote files of one share that `hash` has in flight; they share one connection. */
  hashConcurrency: 64,
  /** Local files that `hash` reads at once; more only make a disk seek. */
  hashLocalConcurrency: 4,

  /** Progress on a terminal appears after this time, so that quick work prints none. */
  progressDelayMs: 500,
  /** How often the line of progress on a terminal changes. */
  progressTerminalMs: 100,
  /** Without a terminal progress comes as whole lines, this far apart. */
  progressLinesMs: 5_000,

  /** `doctor` warns when fewer files may be open at once. */
  doctorOpenFiles: 4_096,
  /** `doctor` warns when fewer directories may be watched through inotify. */
  doctorInotifyWatches: 65_536,
  doctorInotifyInstances: 128,
  /** Time for each of the stages of `doctor LOCATION` that the SMB client does not bound itself. */
  doctorStageMs: 15_000,

  // The HTTP and WebSocket doors.
  /** WebSockets at once, those that inspect and those not yet authenticated included. */
  wsMaxSockets: 10_000,
  /** Directories that one WebSocket may be subscribed to at once. */
  wsMaxSubscriptions: 1_000,
  /** The longest message of a client; longer ones close the socket with 1009. */
  wsMaxMessageBytes: 65_536,
  /** Messages of a client that are taken at once, and per second after that; then reading waits. */
  wsMessageBurst: 2_000,
  wsMessagesPerSecond: 200,
  /** Time for the first message of a WebSocket that came without token or ticket. */
  wsAuthenticationMs: 10_000,
  /** A single-use ticket that opens a WebSocket counts this long. */
  wsTicketMs: 30_000,
  /** Tickets that are out at once. */
  wsMaxTickets: 10_000,
  /** WebSockets are pinged this often; who sent no pong until the next time is gone. */
  wsHeartbeatMs: 30_000,
  /** More than this waiting for one client: its changes collapse into one resync for each directory. */
  wsQueueBytes: 1_048_576,
  /** A client that has not taken what waits for it after this time is closed with 4008. */
  wsSlowMs: 30_000,
  /** Time for the other side to confirm that a WebSocket is closed. */
  wsCloseMs: 2_000,
  /** Actors told to one inspector: thousands would drown it. */
  inspectMaxActors: 500,
  /** More than this waiting for one inspector: messages are dropped and counted. */
  inspectQueueBytes: 1_048_576,
  /** How deep, and how many members of each object, an inspector sees. */
  inspectDepth: 8,
  inspectMembers: 200,
  /** Items of one page of a list. */
  httpPageSize: 50,
  httpMaxPageSize: 200,
  /** What `Retry-After` says, in seconds, when the server cannot answer now. */
  httpRetryAfterSeconds: 2,

  /** Timers of the runtime fire up to this much late, so that those of one tick share a wake-up. */
  wheelTickMs: 10,
} as const;
