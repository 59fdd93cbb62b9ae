import { singleToken } from '../../http/authentication.ts';
import { createDoors } from '../../http/doors.ts';
import type { Logger, Runtime } from '../index.ts';
import { systemClock } from '../index.ts';
import { packageVersion } from '../package-version.ts';
import { newToken, tokenFrom } from './access-token.ts';
import type { AttachOptions, Attachment, HostServer } from './attach-options.ts';
import { putDoorsOn } from './host-server.ts';

export type { AttachOptions, Attachment } from './attach-options.ts';

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
