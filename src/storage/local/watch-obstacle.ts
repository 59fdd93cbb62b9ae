import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { systemCode } from './local-error.ts';
import { displayPath } from './local-path.ts';

/**
 * Why the kernel refuses to watch a directory. Its limits become `notify_unsupported`, so that the
 * directory is polled by listing; anything else is given back as it is.
 */
export function watchObstacle(error: unknown, path: string): unknown {
  const advice = ADVICE[systemCode(error)];
  if (advice === undefined) return error;
  const message = `${displayPath(path)} cannot be watched: ${advice}`;
  return new TidewatchError('notify_unsupported', message, { cause: error });
}

const ADVICE: Readonly<Record<string, string>> = {
  // inotify_add_watch(2)
  ENOSPC:
    'inotify has no watch left for this user; raise the limit, for example with ' +
    '`sysctl fs.inotify.max_user_watches=1048576`',
  // inotify_init(2)
  EMFILE:
    'inotify has no instance left for this user, or the process no file; raise the limits, for example ' +
    'with `sysctl fs.inotify.max_user_instances=1024` and `ulimit -n`',
};
