import { singleToken } from '../../http/authentication.ts';
import type { Authenticator } from '../../http/authentication.ts';
import { createDoors } from '../../http/doors.ts';
import type { DoorLimits } from '../../http/limits.ts';
import type { Logger, Runtime } from '../index.ts';
import { systemClock } from '../index.ts';
import { packageVersion } from '../package-version.ts';
import { newToken, tokenFrom } from './access-token.ts';
import { putDoorsOn } from './host-server.ts';
import type { HostServer } from './host-server.ts';

export interface AttachOptions {
  /** Where the doors stand on the server, such as `/tidewatch`; default: at its root. */
  readonly basePath?: string;
  /**
   * Who may come in: the one token that counts, or the host's own accounts. Default: the token of
   * `TIDEWATCH_TOKEN`, else one made for this run.
   */
  readonly authentication?: { readonly token: string } | Authenticator;
  /** Origins whose pages may open WebSockets, besides that of the server itself. */
  readonly allowedOrigins?: readonly string[];
  readonly metricsPublic?: boolean;
  readonly limits?: Partial<DoorLimits>;
}

export interface Attachment {
  /** The token that counts, where it was made for this run. */
  readonly token?: string;
  /** Takes the doors away again, closing every WebSocket with 1001. */
  detach(): Promise<void>;
}

/** Puts the doors of a runtime on a server of its host, who starts and stops both. */
export function attach(
  runtime: Runtime,
  server: HostServer,
  options: AttachOptions = {},
): Attachment {
  const given = options.authentication ?? tokenFrom(process.env);
  const made = given === undefined ? newToken() : undefined;
  const authentication = given ?? { token: made ?? '' };
  const logger: Logger = runtime.logger;
  const doors = createDoors({
    runtime,
    authenticator: 'token' in authentication ? singleToken(authentication.token) : authentication,
    clock: systemClock,
    logger,
    version: packageVersion(),
    readiness: () => 'ready',
    allowedOrigins: options.allowedOrigins,
    metricsPublic: options.metricsPublic,
    limits: options.limits,
  });
  const takeOff = putDoorsOn(server, doors, options.basePath ?? '');
  return {
    ...(made === undefined ? {} : { token: made }),
    detach: async () => {
      takeOff();
      await doors.close();
    },
  };
}
