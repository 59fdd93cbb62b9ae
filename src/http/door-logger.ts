import type { Logger } from '../app/index.ts';

/** A logger that may tell what it drops, so that nothing is put together for nobody. */
export interface DoorLogger extends Logger {
  isLevelEnabled?(level: 'debug'): boolean;
}

export function logsDebug(logger: DoorLogger): boolean {
  return logger.isLevelEnabled?.('debug') ?? true;
}
