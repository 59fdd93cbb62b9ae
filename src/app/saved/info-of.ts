import type { SavedConnectionInfo } from '../service-face.ts';
import type { Stored } from './store.ts';

/** What leaves the server of a stored connection: field by field, so that nothing else ever does. */
export function infoOf(stored: Stored, owner: string | undefined): SavedConnectionInfo {
  const { draft, id, version } = stored;
  const { config, name, scope, secret, type } = draft;
  const hasSecret = secret !== undefined || stored.unreadable !== undefined;
  return {
    ...{ id, name, type, scope, read_only: false },
    ...(owner !== undefined && { owner }),
    ...config,
    ...(type === 'smb' && { port: 445, ...config, has_password: hasSecret }),
    ...(type === 's3' && { has_secret_key: hasSecret }),
    created_at: stored.createdAt.toISOString(),
    updated_at: stored.updatedAt.toISOString(),
    version,
  };
}
