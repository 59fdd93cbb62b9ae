import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { statusOf } from './s3-error.ts';

/** Makes `already_exists` of what a service says to If-None-Match. */
export async function guarded<T>(
  path: string,
  isGuarded: boolean,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (isGuarded && statusOf(error) === 412) throw alreadyExists(path);
    throw error;
  }
}

/** Some services refuse the header itself; what was looked at before has to do then. */
export async function withoutGuardIfUnknown(
  isGuarded: boolean,
  send: (isGuarded: boolean) => Promise<unknown>,
): Promise<void> {
  try {
    await send(isGuarded);
  } catch (error) {
    const isUnknown = error instanceof TidewatchError && error.code === 'unsupported';
    if (!isGuarded || !isUnknown) throw error;
    await send(false);
  }
}

export function alreadyExists(path: string): TidewatchError {
  return new TidewatchError('already_exists', `${path} exists already`);
}
