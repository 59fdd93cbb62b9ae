/** The names of a path; slashes at the ends and doubled ones do not count. */
export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
