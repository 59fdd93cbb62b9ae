import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names under which nothing is ever written, at the top and two levels below. */
const SECRETS = [
  ...['password', 'secret', 'token', 'ticket', 'credentials', 'logon', 'key', 'authorization'],
  ...['secretKey', 'secret_key', 'accessKey', 'access_key', 'cookie'],
];

/** One JSON object a line, without secrets, without the queries of addresses. */
export function createLogger(level: LogLevel, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      serializers: {
        err: pino.stdSerializers.err,
        url: (url: unknown) => (typeof url === 'string' ? url.replace(/\?.*$/s, '') : url),
      },
    },
    destination,
  );
}
