import { TidewatchError } from '../errors/tidewatch-error.ts';

/** The tag of a version, for the headers `ETag` and `If-Match` (RFC 9110 section 8.8.3). */
export function tagOf({ version }: { readonly version?: number | undefined }): {
  ETag?: string;
} {
  return version === undefined ? {} : { ETag: `"${version}"` };
}

/**
 * The version that a header `If-Match` names (RFC 9110 section 13.1.1); undefined when any will do.
 *
 * @param current tells the version that is stored now; asked only when several are named.
 * @throws TidewatchError `invalid_argument` for what is no header of that kind, `precondition_failed`
 * for tags that were never ours: weak ones, and those of no version.
 */
export async function versionWanted(
  header: string | undefined,
  current: () => Promise<number | undefined>,
): Promise<number | undefined> {
  if (header === undefined || header.trim() === '*') return undefined;
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[^"]*"$/.test(tag))) {
    throw new TidewatchError('invalid_argument', 'If-Match is no list of tags such as "7"');
  }
  const versions = tags.flatMap((tag) =>
    /^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : [],
  );
  if (versions.length === 0) {
    throw new TidewatchError('precondition_failed', 'no version has the tag that If-Match names');
  }
  if (versions.length === 1) return versions[0];
  const now = await current();
  return versions.find((version) => version === now) ?? versions[0];
}
