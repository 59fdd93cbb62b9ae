import type { AddressPolicy } from '../../storage/address-policy.ts';
import type { Target } from '../../storage/target.ts';
import type { CacheSettings, NewConnection } from '../runtime-face.ts';
import type { Draft } from './fields.ts';
import type { LocalRoots } from './local-roots.ts';

const SMB_PORT = 445;
const MINUTE_MS = 60_000;

/** Where a connection leads. Throws what `LocalRoots.folder` throws. */
export async function targetOf(
  draft: Draft,
  roots: LocalRoots,
  addresses: AddressPolicy,
): Promise<NewConnection> {
  const { config, name } = draft;
  const pathPrefix = textOf(draft, 'path_prefix') ?? '';
  const cache = cacheSettings(draft);
  if (draft.type !== 'local') {
    const target = draft.type === 's3' ? s3Target(draft) : smbTarget(draft);
    return { name, target: { ...target, addresses }, pathPrefix, cache };
  }
  const root = await roots.folder(String(config['root_path']));
  return { name, target: { type: 'local', root }, pathPrefix, cache };
}

function cacheSettings({ config }: Draft): CacheSettings {
  const { include_hidden, index_files, rescan_interval_minutes: minutes, watch_budget } = config;
  return {
    ...(typeof index_files === 'boolean' && { indexFiles: index_files }),
    ...(typeof include_hidden === 'boolean' && { includeHidden: include_hidden }),
    ...(typeof watch_budget === 'number' && { watchBudget: watch_budget }),
    ...(typeof minutes === 'number' && { rescanMs: minutes * MINUTE_MS }),
  };
}

type Remote = Exclude<Target, { type: 'local' }>;

function smbTarget(draft: Draft): Remote {
  const { config, secret } = draft;
  const username = textOf(draft, 'username');
  const domain = textOf(draft, 'domain');
  return {
    type: 'smb',
    host: textOf(draft, 'host') ?? '',
    port: typeof config['port'] === 'number' ? config['port'] : SMB_PORT,
    share: textOf(draft, 'share_name') ?? '',
    logon:
      username === undefined
        ? { anonymous: true }
        : { username, password: secret ?? '', ...(domain !== undefined && { domain }) },
    ...(config['require_signing'] === true && { requireSigning: true }),
    ...(config['require_encryption'] === true && { requireEncryption: true }),
  };
}

function s3Target(draft: Draft): Remote {
  const { config, secret } = draft;
  const [endpoint, region, accessKey] = ['endpoint', 'region', 'access_key'].map((field) =>
    textOf(draft, field),
  );
  return {
    type: 's3',
    bucket: textOf(draft, 'bucket') ?? '',
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(accessKey !== undefined && { accessKey }),
    ...(secret !== undefined && { secretKey: secret }),
    ...(config['path_style'] === true && { pathStyle: true }),
  };
}

function textOf({ config }: Draft, field: string): string | undefined {
  const value = config[field];
  return typeof value === 'string' ? value : undefined;
}
