import type { Logger } from '../app/index.ts';

/** Whether lines for debugging reach anybody, so that nothing is put together for nobody. */
export function logsDebug(logger: Logger): boolean {
  return logger.isLevelEnabled?.('debug') ?? true;
}
