import { isIP } from 'node:net';
import { LOG_LEVELS } from '../app/server/logger.ts';
import type { LogLevel } from '../app/server/logger.ts';
import { DEFAULTS } from '../defaults.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';

/** Options of `serve` about listening, as the command line gives them. */
export interface ListenOptions {
  readonly host?: string;
  readonly port?: string;
  readonly allowOrigin?: readonly string[];
  readonly insecureHttp?: boolean;
}

export interface ListenSettings {
  readonly host: string;
  readonly port: number;
  readonly allowedOrigins: readonly string[];
  readonly logLevel: LogLevel;
}

/** What options and environment say together: section 6 of the contract. Throws UsageError. */
export function listenSettings(options: ListenOptions, env: CommandContext['env']): ListenSettings {
  const host = options.host ?? nonEmpty(env['TIDEWATCH_HOST']) ?? DEFAULTS.httpHost;
  const port = options.port ?? nonEmpty(env['TIDEWATCH_PORT']) ?? DEFAULTS.httpPort.toString();
  if (!isLoopback(host) && options.insecureHttp !== true) {
    throw new UsageError(
      `${host === '' ? 'every address' : host} can be reached from other machines, and tokens would ` +
        'travel unencrypted: listen on 127.0.0.1 behind a proxy with TLS, or give --insecure-http',
    );
  }
  const publicUrl = nonEmpty(env['TIDEWATCH_PUBLIC_URL']);
  const origins = [...(options.allowOrigin ?? []), ...(publicUrl === undefined ? [] : [publicUrl])];
  return {
    host,
    port: parsePort(port),
    allowedOrigins: origins.map(parseOrigin),
    logLevel: parseLevel(nonEmpty(env['TIDEWATCH_LOG_LEVEL']) ?? 'info'),
  };
}

/** Only this machine reaches it. */
function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`the port ${text} is no number from 0 to 65535`);
}

function parseOrigin(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin !== 'null') return origin;
  throw new UsageError(`${text} is no origin such as https://files.example`);
}

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new UsageError(`TIDEWATCH_LOG_LEVEL is none of ${LOG_LEVELS.join(', ')}`);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
