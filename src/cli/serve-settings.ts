import { isIP } from 'node:net';
import { LOG_LEVELS } from '../app/server/logger.ts';
import type { LogLevel } from '../app/server/logger.ts';
import { DEFAULTS } from '../defaults.ts';
import { TrustedProxies } from '../http/proxies.ts';
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
  /** Origin at which people reach the server, when it is said. */
  readonly publicUrl: string | undefined;
  /** Addresses and networks of proxies that are believed. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: LogLevel;
}

/** What options and environment say together: section 6 of the contract. Throws UsageError. */
export function listenSettings(options: ListenOptions, env: CommandContext['env']): ListenSettings {
  const host = options.host ?? nonEmpty(env['TIDEWATCH_HOST']) ?? DEFAULTS.httpHost;
  const port = options.port ?? nonEmpty(env['TIDEWATCH_PORT']) ?? DEFAULTS.httpPort.toString();
  const trustedProxies = parseProxies(env['TIDEWATCH_TRUSTED_PROXIES'] ?? '');
  if (!isLoopback(host) && trustedProxies.length === 0 && options.insecureHttp !== true) {
    throw new UsageError(
      `${host === '' ? 'every address' : host} can be reached from other machines, and tokens would ` +
        'travel unencrypted: listen on 127.0.0.1 behind a proxy with TLS, name the proxy in ' +
        'TIDEWATCH_TRUSTED_PROXIES, or give --insecure-http',
    );
  }
  const publicUrl = nonEmpty(env['TIDEWATCH_PUBLIC_URL']);
  return {
    host,
    port: parsePort(port),
    allowedOrigins: (options.allowOrigin ?? []).map(parseOrigin),
    publicUrl: publicUrl === undefined ? undefined : parseOrigin(publicUrl),
    trustedProxies,
    logLevel: parseLevel(nonEmpty(env['TIDEWATCH_LOG_LEVEL']) ?? 'info'),
  };
}

/** Nobody reaches the server from elsewhere, not even through a proxy. */
export function isForThisMachineAlone(settings: {
  readonly host: string;
  readonly publicUrl?: string | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
}): boolean {
  const { host, publicUrl, trustedProxies = [] } = settings;
  return isLoopback(host) && trustedProxies.length === 0 && publicUrl === undefined;
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

/** `TIDEWATCH_TRUSTED_PROXIES`: addresses and networks, with commas between them. */
function parseProxies(text: string): readonly string[] {
  const proxies = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  try {
    return new TrustedProxies(proxies).named;
  } catch (error) {
    throw new UsageError(`TIDEWATCH_TRUSTED_PROXIES: ${(error as Error).message}`);
  }
}

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new UsageError(`TIDEWATCH_LOG_LEVEL is none of ${LOG_LEVELS.join(', ')}`);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
