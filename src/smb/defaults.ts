/**
 * Every limit and time-out of the SMB client: milliseconds, bytes or counts as the name says.
 * Options of the caller override those that are options; the rest are bounds against hostile or
 * broken servers.
 */
export const SMB_DEFAULTS = {
  /** TCP port of SMB over TCP (MS-SMB2 2.1). */
  port: 445,
  /** TCP connect and every request but CHANGE_NOTIFY; Windows clients wait 60 s too. */
  requestTimeoutMs: 60_000,
  connectTimeoutMs: 15_000,
  /** A graceful close may take this long, then the socket is destroyed: `close()` never hangs. */
  closeTimeoutMs: 2_000,
  /** Handles closed by one compound when a tree is disconnected. */
  closesPerCompound: 64,
  /** Silence after which an ECHO proves that the link lives, and how long its answer may take. */
  echoAfterMs: 10_000,
  echoTimeoutMs: 10_000,
  /** ECHOs in a row without any byte from the server before the link counts as dead. */
  echoMisses: 2,
  /** A timer that fires later than its delay times this was asleep: no verdict from it. */
  sleepFactor: 2,
  /**
   * How long after the server has refused another pending operation one more is tried: it may have been
   * short of something for a moment only.
   */
  asyncSlotRetryMs: 300_000,
  /** How often overdue requests are looked for. */
  sweepIntervalMs: 500,

  /** Credits to aim for: 8 reads of 1 MiB in flight take 128, a deep walk some hundreds. */
  creditTarget: 1_024,
  /** Credits that only liveness and re-arming may use, so that bulk work never starves them. */
  creditReserve: 3,
  /** One credit pays for this many bytes of payload (MS-SMB2 3.1.5.2). */
  bytesPerCredit: 65_536,
  /** Frames above max(read, transact, write) plus this are refused: headers and padding. */
  frameSlackBytes: 65_536,
  /** The largest frame while nothing is negotiated yet. */
  initialFrameBytes: 131_072,
  /** MaxTransact, MaxRead and MaxWrite must be at least this (MS-SMB2 3.2.5.2). */
  minimumServerMaxBytes: 65_536,
  /** Frames up to this size share a slab; a larger one gets a buffer of its own. */
  slabBytes: 262_144,
  /** Frames sent in one tick are joined into one write up to this size. */
  joinWritesBytes: 65_536,
  /** Bytes around the data in the memory of a large frame: prefix, headers, padding. */
  frameOverheadBytes: 1_024,
  /** A slab with less room than this left is given up for a new one. */
  slabMinimumRoomBytes: 65_536,
  /** Legs of a SESSION_SETUP before the server counts as broken; NTLM takes 2, Kerberos 1 or 2. */
  maxAuthenticationLegs: 8,

  /** One READ or WRITE of a stream; of the sizes measured, this costs smbd the least CPU. */
  transferChunkBytes: 524_288,
  /** READs or WRITEs of one stream in flight. */
  transferDepth: 8,
  /** First, small listing page: two of them travel in one compound with CREATE and CLOSE. */
  listProbeBytes: 65_536,
  /** Pages of a large directory; servers that refuse it get `listProbeBytes`. */
  listPageBytes: 524_288,
  /** The smallest page asked for: room for an entry with the longest name. */
  listMinimumBytes: 1_024,
  /** Pages in a row without an entry, and entries held at once, before a listing is endless. */
  listEmptyPages: 16,
  directoryEntries: 10_000_000,
  /** Directories in flight for each connection of a walk. */
  walkConcurrency: 32,

  /** CHANGE_NOTIFY output buffer: the most that Windows takes on the network (MS-SMB2 <411>). */
  notifyBufferBytes: 65_536,
  /** Smaller buffers tried, in this order, when a server refuses the larger. */
  notifyFallbackBytes: [65_536, 16_384, 4_096],
  /** Samba reports local writes as ATTRIBUTES only, hence that one; LAST_ACCESS would report us. */
  notifyFilter: ['file_name', 'dir_name', 'attributes', 'size', 'last_write', 'creation'],
  /**
   * Samba calls a notify pending some milliseconds before the process that watches its disk has
   * heard of it, and what happens until then is never told. A watch counts as armed only after this
   * time: of 5,000 armed at once none missed anything after half of it.
   */
  sambaSettleMs: 200,
  /** How long half a rename waits for its other half before it is told as a removal. */
  renameJoinMs: 500,
  /** Changes one watch holds for a slow reader before they collapse into one rescan. */
  watchQueueChanges: 10_000,
  /** The same for the bytes of their paths, two for each UTF-16 unit: paths may be long. */
  watchQueueBytes: 4_194_304,

  /** UTF-16 units of one name (MS-FSCC 2.1.5) and of a whole path. */
  nameUnits: 255,
  pathUnits: 32_760,
} as const;
