import { chmodSync, mkdirSync } from 'node:fs';

/** A directory, with those above it if need be, that every account of the server may write to. */
export function madeDirectory(path: string): string {
  const first = mkdirSync(path, { recursive: true });
  if (first !== undefined) {
    for (let at = path; at.length >= first.length; at = at.slice(0, at.lastIndexOf('/'))) {
      chmodSync(at, 0o777);
    }
  }
  return path;
}
