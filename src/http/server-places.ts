import type { Runtime } from '../app/index.ts';

/**
 * Writes directories of this machine as the connections that lead to them: where things lie on the disk
 * of the server is nobody's business who looks at it from outside. Gives what does that to a text.
 */
export function hidingPlaces(runtime: Runtime): (text: string) => string {
  const roots = runtime.connections
    .list()
    .flatMap(({ name, root_path: root, type }) =>
      type === 'local' && root !== undefined && root.length > 1 ? [{ name, root }] : [],
    )
    // Longest first, so that a directory inside another keeps its own name.
    .sort((a, b) => b.root.length - a.root.length);
  return (text) => {
    let shown = text;
    for (const { name, root } of roots) shown = shown.replaceAll(root, `local:${name}`);
    // One of a connection that is gone already.
    return isAbsolute(shown) ? 'local' : shown;
  };
}

/** The root of a connection: only where it is relative to what an administrator named. */
export function relativeRoot(root: string | undefined): { root_path?: string } {
  return root === undefined || isAbsolute(root) ? {} : { root_path: root };
}

function isAbsolute(path: string): boolean {
  return /^([/\\]|[a-z]:[/\\])/i.test(path);
}
