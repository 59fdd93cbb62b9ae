import { GENERATED } from './generated.ts';

/** The page of error codes: one row for each code of the table, in its order. */
export function errorsPage(
  codes: Readonly<Record<string, { readonly meaning: string; readonly remedy: string }>>,
): string {
  const rows = Object.entries(codes).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`,
  );
  return [
    GENERATED,
    '',
    '# Error codes',
    '',
    'Every error of Tidewatch is a `TidewatchError` with a `code`, a `message` on what happened and a',
    '`remedy`; those of the SMB client are `SmbError`s, which also have the NTSTATUS (`status`) where a',
    'server gave one, and the `path`. Codes are stable: compare them, never the message. Their source is',
    '`src/errors/codes.ts`.',
    '',
    '| code | meaning | what to do |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
