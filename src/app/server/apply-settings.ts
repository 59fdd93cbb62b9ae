import type { SettingsStore } from '../../accounts/settings/settings-store.ts';
import type { AddressPolicy, Runtime } from '../index.ts';
import type { SavedConnections } from '../saved/saved-connections.ts';

const MINUTE_MS = 60_000;

/** The addresses that users may name now. */
export function addressPolicy(settings: SettingsStore): AddressPolicy {
  return {
    allowLoopback: settings.value('network.allow_loopback_hosts') === true,
    allowPrivate: settings.value('network.allow_private_hosts') === true,
  };
}

/** Settings count as they are now, and from then on whenever they are changed. */
export function applySettings(
  settings: SettingsStore,
  runtime: Runtime,
  connections: SavedConnections,
): void {
  const tune = (): void => {
    const attempts = Number(settings.value('retry.max_attempts'));
    runtime.tune({
      maxAttempts: attempts === 0 ? Infinity : attempts,
      verifyIntervalMs: Number(settings.value('watch.verify_interval_minutes')) * MINUTE_MS,
      cacheRescanMs: Number(settings.value('cache.rescan_interval_minutes')) * MINUTE_MS,
      cacheWatchBudget: Number(settings.value('cache.watch_budget')),
    });
  };
  tune();
  settings.onChange((keys) => {
    tune();
    if (!keys.some((key) => key.startsWith('network.'))) return;
    connections.addressesChanged().catch((err: unknown) => {
      const { logger } = runtime;
      logger.error({ event: 'connections.unchanged', err }, 'connections keep their old addresses');
    });
  });
}
