/** How the command line ends: part of the contract with scripts. */
export const ExitCode = {
  OK: 0,
  /** Something lasting is in the way, or something asked for failed. */
  FAILED: 1,
  /** The command line cannot be understood. */
  USAGE: 2,
  /** Interrupted by Ctrl-C; `watch` and `serve`, which end in no other way, exit with 0 instead. */
  INTERRUPTED: 130,
} as const;
