import type { StorageEntry } from '../../storage/storage.ts';
import type { Runtime } from '../runtime-face.ts';
import type { ListedEntry } from '../service-face.ts';

/** The entries of one directory of a connection, with their paths as clients name them. */
export async function* listedEntries(
  runtime: Runtime,
  id: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedEntry[], void, undefined> {
  const base = path.replace(/^\/+|\/+$/g, '');
  for await (const entries of runtime.list({ connection: id, path, signal })) {
    yield entries.map((entry) => listed(entry, base));
  }
}

function listed(entry: StorageEntry, base: string): ListedEntry {
  const { createdAt, fileId, kind, modifiedAt, name, size } = entry;
  return {
    ...{ name, path: base === '' ? name : `${base}/${name}`, kind, size },
    modified_at: new Date(modifiedAt).toISOString(),
    ...(createdAt !== undefined && { created_at: new Date(createdAt).toISOString() }),
    ...(fileId !== undefined && { file_id: fileId.toString() }),
  };
}
