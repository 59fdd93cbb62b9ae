/** Where the runtime writes what happens; pino fits. Objects first, a sentence second. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Whether anybody reads this level; absent: yes. */
  isLevelEnabled?(level: string): boolean;
}

const nothing = (): void => undefined;

export const SILENT: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  isLevelEnabled: () => false,
};
