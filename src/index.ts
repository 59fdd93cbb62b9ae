/** `tidewatch`: live directories in a program of your own. */
import { createRuntime as createCore } from './app/index.ts';
import type { Runtime as CoreRuntime, RuntimeOptions } from './app/index.ts';
import type { AttachOptions, Attachment, HostServer } from './app/server/attach-options.ts';

export type {
  ActorInfo,
  ActorObserver,
  Actors,
  Change,
  ChangeEvent,
  ConnectionInfo,
  Connections,
  ConnectionSubscription,
  Detail,
  DirectoryWatch,
  EntryKind,
  FilterName,
  LocalTarget,
  Logger,
  NewConnection,
  NumberedEvent,
  Recursion,
  ResumePoint,
  ResyncEvent,
  ResyncReason,
  RetryPolicy,
  RuntimeCounters,
  RuntimeOptions,
  SmbLogon,
  SmbTarget,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
  Target,
  WatchEvent,
  WatchInfo,
  WatchOptions,
  WatchPlace,
  WatchState,
} from './app/index.ts';
export type {
  AttachOptions,
  Attachment,
  Authenticator,
  HostServer,
  Principal,
} from './app/server/attach-options.ts';
export type { ErrorCode } from './errors/codes.ts';
export { TidewatchError } from './errors/tidewatch-error.ts';

/** The runtime in a program of your own. */
export interface Runtime extends CoreRuntime {
  /**
   * Puts the HTTP and WebSocket doors on a server of yours; resolves when they are open. They are taken
   * away by `detach`, and by `stop` before anything else. The server stays yours to close.
   */
  attach(server: HostServer, options?: AttachOptions): Promise<Attachment>;
}

/** Makes a runtime; nothing happens before something is asked of it. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const core = createCore(options);
  const attachments = new Set<Attachment>();
  const stopCore = core.stop.bind(core);
  return Object.assign(core, {
    attach: async (server: HostServer, how: AttachOptions = {}): Promise<Attachment> => {
      // Only now: who has no need of the doors does not load them.
      const { attach } = await import('./app/server/attach.ts');
      const attachment = attach(core, server, how);
      const detachable: Attachment = {
        ...attachment,
        detach: async () => {
          attachments.delete(detachable);
          await attachment.detach();
        },
      };
      attachments.add(detachable);
      return detachable;
    },
    stop: async (): Promise<void> => {
      await Promise.all([...attachments].map((attachment) => attachment.detach()));
      await stopCore();
    },
  });
}
