/**
 * Every limit and time-out outside the SMB client, which has its own in `smb/defaults.ts`:
 * milliseconds, bytes or counts as the name says.
 */
export const DEFAULTS = {
  /** Watches retry after a random time up to `base · factor^attempt`, capped ("full jitter"). */
  retryBaseMs: 500,
  retryFactor: 2,
  retryCapMs: 60_000,
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
} as const;
