// oxlint-disable max-lines -- one table, in which everybody finds every limit
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

  // The runtime.
  /** So long the name of a server may take to be resolved before its address is not waited for. */
  addressWaitMs: 2_000,
  /** An address counts this long, and so many are remembered. */
  addressKnownMs: 30_000,
  addressesKnown: 1_000,
  /** Resolving, dialling and negotiating, each. */
  connectTimeoutMs: 15_000,
  /** A server that hangs up instead of negotiating so often in a row is taken for one without SMB 2. */
  negotiateHangUps: 3,
  /** After a rejected logon, so that no account is locked out; and after what a person must mend. */
  refusedRetryMs: 3_600_000,
  /** After a right was missing: somebody may grant it any time, and asking harms nobody. */
  deniedRetryMs: 300_000,
  /** A directory that is gone is looked for this often, besides watching its parent. */
  deletedRetryMs: 30_000,
  /** While a server is unreachable a TCP connection is tried this often, at most. */
  probeIntervalMs: 5_000,
  probeTimeoutMs: 2_000,
  /** `stop` waits this long for watches to be closed one by one; what is left goes with the connection. */
  stopWatchesMs: 1_500,
  /** A connection that nobody uses is kept for those who come back. */
  connectionLingerMs: 5_000,
  /** A session is renewed this long before its credentials expire. */
  renewBeforeMs: 60_000,
  /** Connections that bear watches, for one server and account; Windows clients take 20 in all. */
  watchConnections: 8,
  /** Every watched directory is listed and compared this often, for losses that no server signals. */
  verifyIntervalMs: 600_000,
  /** The first check comes so soon: a busy Samba watches its disk later than it says. */
  earlyVerifyMs: 10_000,
  /** How long a notification may be under way: a difference counts as lost only after that. */
  verifyGraceMs: 1_000,
  /** A directory that is polled is tried to be watched again this often. */
  upgradeIntervalMs: 3_600_000,
  /** Polling listens this often while something changes, and this often when nothing does. */
  pollMinMs: 2_000,
  pollMaxMs: 30_000,
  /**
   * Clocks that servers take the times of directories from tick so often: 1 to 10 ms on Linux, 15.6 ms on
   * Windows; up to 2 s on file systems that store whole seconds.
   */
  directoryTickMs: 20,
  directoryCoarseTickMs: 2_000,
  /** Changes of one directory are told at most this often; the first of a burst at once. */
  coalesceMs: 25,
  /** The same for a whole tree, where moves between directories are joined meanwhile. */
  recursiveCoalesceMs: 40,
  /** Entries of one directory that are remembered; above, changes come without detail. */
  listingEntries: 200_000,
  /**
   * Up to this many entries, or so many for each name that was hinted, the whole directory is listed
   * instead of looking the names up: one round trip, for which smbd takes about 30 µs an entry.
   */
  relistEntries: 32,
  relistEntriesPerName: 16,
  /** Up to this many names are looked up one by one in larger directories. */
  lookupNames: 16,
  /** Names waiting to be looked up; above, the directory is listed instead. */
  pendingHints: 4_096,
  /** Events of one directory that are kept for readers who come back. */
  replayEvents: 256,
  replayBytes: 262_144,
  /** Watch and events are kept this long for a reader whose link broke. */
  lingerMs: 30_000,
  /** A subscriber is answered after this time even if the server cannot be reached. */
  patienceMs: 15_000,
  /** `subscribed` waits this long for the first listing, against which losses are found. */
  baselineWaitMs: 500,
  /** A tree that comes back is told with one resync, if all of it is back within this time. */
  recursiveSettleMs: 5_000,
  /** Directories of one recursive watch. */
  recursiveDirectories: 20_000,
  /** Directories of one runtime that are opened, listed or checked at once. */
  armConcurrency: 64,
  listConcurrency: 32,
  verifyConcurrency: 4,
  /** Events waiting for a slow reader of the library before they become one resync. */
  readerEvents: 1_000,

  /** A second Ctrl-C this soon after the first is the same one, passed on by npm as well. */
  interruptEchoMs: 500,

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
  /** Time for each stage when a connection is tried, by `doctor LOCATION` or before it is saved. */
  connectionStageMs: 15_000,
  /** A file that was made to be heard of is heard of within this time, or never. */
  notifyProbeMs: 5_000,

  // The HTTP and WebSocket doors.
  /** Where `serve` listens when nothing else is said: reached from this machine alone. */
  httpHost: '127.0.0.1',
  httpPort: 8_080,
  /** WebSockets at once, those that inspect and those not yet authenticated included. */
  wsMaxSockets: 10_000,
  /** Directories that one WebSocket may be subscribed to at once. */
  wsMaxSubscriptions: 1_000,
  /** Subscribes of one directory by one WebSocket that wait for their answer at once. */
  wsMaxOpenRequests: 16,
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
  /** How often the delay of the event loop is looked at, for metrics. */
  eventLoopSampleMs: 20,
  /** Items of one page of a list. */
  httpPageSize: 50,
  httpMaxPageSize: 200,
  /** Items of one page of a directory. */
  httpMaxEntriesPage: 10_000,
  /** Results of a search in the directory cache. */
  httpSearchResults: 50,
  httpMaxSearchResults: 1_000,
  /** Records of the audit log in one answer. */
  httpAuditRecords: 50,
  httpMaxAuditRecords: 200,
  /** The longest body of a request. */
  httpMaxBodyBytes: 1_048_576,
  /** Time for the head of a request, and for all of it: who sends slower is let go. */
  httpHeadersMs: 10_000,
  httpRequestMs: 60_000,
  /** How often slow requests are looked for. */
  httpCheckMs: 5_000,
  /** A connection on which nothing is asked is kept this long, and one on which nothing moves this long. */
  httpKeepAliveMs: 15_000,
  httpIdleMs: 120_000,
  /** Connections at once that are not WebSockets. */
  httpMaxConnections: 2_000,
  /** Bytes of all headers of a request. */
  httpMaxHeaderBytes: 16_384,
  /** A browser asks again after this time whether another origin may send requests, in seconds. */
  corsMaxAgeSeconds: 600,
  /** Characters of a path that the log shows. */
  logPathCharacters: 500,
  /** Whether a token has expired is looked at no less often: clocks are set, computers sleep. */
  wsExpiryCheckMs: 3_600_000,
  /** The state of the directory cache of one connection is told this often at most. */
  cacheStateMs: 1_000,
  /** What `Retry-After` says, in seconds, when the server cannot answer now. */
  httpRetryAfterSeconds: 2,

  /** Timers of the runtime fire up to this much late, so that those of one tick share a wake-up. */
  wheelTickMs: 10,

  // Local disks.
  /** Entries of one page of a listing of a local directory. */
  localPageEntries: 256,
  /** Names of a local directory that are looked up at once; four threads of Node do it. */
  localLookups: 32,
  /** Bytes read at once from a local file that is streamed. */
  localReadBytes: 262_144,
  /** Directories looked into at once while a local tree begins to be watched. */
  localSurveys: 16,
  /** Names that wait to be looked up for one watch; more count as lost, and are listed again. */
  localPendingNames: 65_536,
  /** Changes told in one call by a watch of a local directory. */
  localChangesPerCall: 1_024,
  /** Time that closing a local watch waits for a file system that does not answer. */
  localCloseMs: 2_000,
  /** Events that inotify keeps for a process where /proc does not tell (the default of the kernel). */
  localInotifyQueue: 16_384,

  // Directory caches.
  /** Directories of one cache that are listed at once, on the connection for bulk data. */
  cacheScanConcurrency: 24,
  /** Everything is listed again this often, for losses that no server signals. */
  cacheRescanMs: 3_600_000,
  /** Where nothing can be watched, everything is listed this often. */
  cachePollMs: 300_000,
  /** A loss is followed by a scan after this time, and by longer ones when losses go on. */
  cacheSettleMs: 250,
  /** This often a few directories, taken at random, are listed again and compared. */
  cacheSampleMs: 60_000,
  cacheSampleDirectories: 10,
  /** Handles on single directories, where a server reports lower ones to nobody (Samba). */
  cacheWatchBudget: 2_000,
  /** The plan for those handles changes at most this often. */
  cachePlanMs: 1_000,
  /** Levels below the top of a cache; what is deeper is not looked into, and that is told. */
  cacheDepth: 256,
  /** What is gone here may have moved there: so long it is kept before it is dropped. */
  cacheMoveGraceMs: 1_000,
  /** A busy Samba watches later than it says: what is listed until then is listed again. 0: never. */
  cacheArmGraceMs: 2_000,
  /** A directory that changes all the time is listed at most this often. */
  cacheRelistMs: 50,
  /** Times that a directory is tried before a scan ends without it; it is tried again after that. */
  cacheScanTries: 3,
  /** In directories with more entries than this, up to so many names are looked up one by one. */
  cacheLookupEntries: 512,
  cacheLookupNames: 8,
  /** Names in one directory that wait to be looked up; more, and it is listed. */
  cachePendingNames: 64,
  /** How often listeners are told how far a scan has come. */
  cacheProgressMs: 250,
  /** A cache that changed is written at most this often. */
  cacheSaveMs: 30_000,
  /** `stop` waits this long for a cache to be written. */
  cacheSaveWaitMs: 2_000,
  /** A cache of a location that nobody uses any more is kept this long for those who come back. */
  cacheLingerMs: 300_000,

  // Paths that clients send.
  /** UTF-16 units of one SMB name (MS-FSCC 2.1.5) and of a whole path; those of the SMB client. */
  smbNameUnits: 255,
  smbPathUnits: 32_760,
  /** Bytes of one name on a disk (NAME_MAX of Linux) and of a whole path (PATH_MAX). */
  localNameBytes: 255,
  localPathBytes: 4_096,
  /** Bytes of a key of S3. */
  s3KeyBytes: 1_024,

  // S3.
  /** Tries of one request, with random pauses up to `base · 2^attempt`, capped; none after a time-out. */
  s3Attempts: 3,
  s3RetryBaseMs: 100,
  s3RetryCapMs: 2_000,
  /** Time for a connection to be made, and for the next byte of an answer or of what is sent. */
  s3ConnectMs: 10_000,
  s3IdleMs: 15_000,
  /** Time for one part of a file to be written, however steadily it goes. */
  s3PartMs: 300_000,
  /** Requests of one bucket and account at once: short ones, and those that carry content. */
  s3ShortRequests: 16,
  s3BulkRequests: 16,
  /** Keys of one page of a listing; services give no more than 1,000. */
  s3PageKeys: 1_000,
  /** Files are written in parts of so many bytes (doubled after each 2,000 parts), so many at once. */
  s3PartBytes: 8_388_608,
  s3PartsAtOnce: 2,
  /** Time to give back what a write that failed has left on the service. */
  s3CleanUpMs: 10_000,

  // The database.
  /** A query of the embedded database waits this long for a transaction of somebody else to end. */
  databaseBusyMs: 30_000,
  /** Time for reaching the database server and logging on. */
  databaseConnectMs: 10_000,
  /** Rows read or written at once where many are; more would keep everything else waiting. */
  databasePageRows: 500,
  /** `close` waits this long for transactions to end; what is left is rolled back. */
  databaseCloseMs: 1_500,
  /** The embedded database is looked after this often: it does nothing by itself. */
  databaseUpkeepMs: 10_000,
  /** Its log is cut when it has grown by this much; a start after a crash reads it again. */
  databaseLogBytes: 16_777_216,
  /** Room of deleted rows is looked for this often, and won back at so many of a table. */
  databaseVacuumMs: 3_600_000,
  databaseDeadRows: 1_000,
  databaseDeadShare: 0.2,
  /** Transactions after which old ones are frozen; PostgreSQL has numbers for 2,000 million. */
  databaseFreezeAge: 100_000_000,
  /** Connections to the database server, besides the one that holds the lock. */
  databaseConnections: 10,
  /** The connection that holds the lock is used this often, to find out that it is gone. */
  databaseLockCheckMs: 5_000,
  /** A lock whose connection was lost is tried to be taken again this often. */
  databaseLockRetryMs: 1_000,

  // Accounts, logins, settings, the audit log.
  /** Characters of a password. */
  passwordMinChars: 8,
  passwordMaxChars: 256,
  /**
   * The cost of scrypt (RFC 7914): 2^15 blocks of 8, three times: 32 MiB and about a quarter of a second
   * for each guess, as OWASP advises for servers that cannot spare more memory.
   */
  scryptLogBlocks: 15,
  scryptBlockSize: 8,
  scryptRounds: 3,
  /** Memory that checking a stored password may take, whatever its stored parameters say. */
  scryptMaxBytes: 268_435_456,
  /** Passwords checked at once: half of the threads that Node has, so that files are still read. */
  passwordConcurrency: 2,
  /** Passwords waiting to be checked; above, logins are put off. */
  passwordWaiting: 64,
  /** Characters of the name of an account, of a token. */
  usernameMaxChars: 64,
  tokenNameMaxChars: 100,
  /** Failed logins without any delay: of one account, from one address (offices share one). */
  loginAccountFailures: 5,
  loginAddressFailures: 30,
  /** The delay after these, doubled with each further failure, up to the longest. */
  loginDelayMs: 1_000,
  loginMaxDelayMs: 300_000,
  /** A count of failures without a new one for so long is forgotten. */
  loginForgetMs: 3_600_000,
  /** Accounts, addresses, and addresses known to be good for an account, that are remembered, each. */
  loginsRemembered: 10_000,
  /** An address that logged in well to an account is known to be good for it this long. */
  loginGoodAddressMs: 2_592_000_000,
  /** Logins to one account that wait for each other. */
  loginWaiting: 16,
  /** What "later" means when too many logins wait. */
  loginBusyMs: 2_000,
  /** Logins and tokens of one account; the oldest login ends when there is one more. */
  loginsPerUser: 100,
  tokensPerUser: 100,
  /** Who stands behind a token is asked of the database this often, unless something changes. */
  authenticationKnownMs: 10_000,
  authenticationsKnown: 10_000,
  /** The last use of a token is written this often at most. */
  tokenUseWriteMs: 60_000,
  /** The longest a timer for the next token that ends is set. */
  tokenExpiryCheckMs: 3_600_000,
  /** Bytes of the details of one audit record. */
  auditDetailBytes: 4_096,
  /** The audit log is looked through for what is too old this often, and so many go at once. */
  auditPruneMs: 3_600_000,
  auditPruneRows: 500,
  /** Characters of a text among the settings. */
  settingTextChars: 2_000,
  /** Rows that get a new secret key in one transaction. */
  rotateRows: 100,

  // Backups.
  /** Characters of the passphrase that a secret key is put into a backup under, at least. */
  backupPassphraseChars: 12,
  /** The cost of scrypt for it: 2^17 blocks (`scryptBlockSize`), 128 MiB and a third of a second. */
  backupScryptLogBlocks: 17,

  // Commands that reach a running server through its socket.
  /** Bytes of one request or answer. */
  adminMessageBytes: 65_536,
  adminConnections: 8,
  /** Time for a request to arrive, and for the socket to be connected to. */
  adminRequestMs: 10_000,
  /** The longest that a command may take to be answered. */
  adminAnswerMs: 600_000,
  /** Time that a server which ends gives to commands that run. */
  adminCloseMs: 2_000,

  /** Where a server keeps what it keeps. */
  dataDir: './data',

  // Saved connections.
  savedConnections: 10_000,
  /** Characters of a password or secret key. */
  secretUnits: 4_096,
  /** Characters of any other field. */
  fieldUnits: 255,
  /** A listing of a saved connection waits this long for the server. */
  listingPatienceMs: 15_000,

  // The cache of directories.
  /** Entries of one cache; above, it says `truncated`. */
  cacheMaxEntries: 2_000_000,
  /** Entries handled before other work gets its turn: 1 to 2 ms. */
  cacheSliceEntries: 2_000,
  /** Slots of removed entries that are freed along with every change. */
  cacheSettleEach: 64,
  /** A snapshot is read, and put into a tree, for so long before other work gets its turn. */
  cacheSliceMs: 2,
  /** Sections of a snapshot that are copied at one moment: about 3 ms. */
  cacheSnapshotFinal: 48,
  /** Rounds of copying what changed meanwhile, before a snapshot is given up until the next time. */
  cacheSnapshotRounds: 20,
  /** Bytes of a snapshot that are read at once. */
  cacheSnapshotReadBytes: 1_048_576,
  /** Children of a directory that are looked through one by one; more are found through an index. */
  cacheUnindexedChildren: 16,
  /** UTF-16 units of a query, and its words and separators in all (a fuzzy word counts twice). */
  searchQueryUnits: 1_000,
  searchParts: 20,
  /** Results of a search, if no limit is given, and at most. */
  searchResults: 200,
  searchMaxResults: 1_000,
  /** Trees up to this size are searched at once, below 2 ms; larger ones by a worker thread. */
  searchInlineEntries: 5_000,
  /** Searches that wait for the worker. */
  searchWaiting: 256,
  /** The worker ends when nobody searched for so long. */
  searchIdleMs: 300_000,
  /** A search is done again so often where names were moved in memory meanwhile. */
  searchAttempts: 3,
} as const;
