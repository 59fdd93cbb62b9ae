/** What a search must find, as plainly as can be. */
export interface NaiveEntry {
  readonly path: string;
  readonly hidden?: boolean;
}

/** Simple folding, enough for the characters of tests. */
export function naiveFold(text: string): string {
  return text.normalize('NFD').toLowerCase().normalize('NFC');
}

/** Paths that have all words somewhere, as `/path`; with those hidden, only if asked. */
export function naiveMatches(
  paths: readonly string[],
  query: string,
  includeHidden: boolean,
): string[] {
  const words = naiveFold(query).replaceAll('\\', '/').split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [];
  return paths.filter((path) => {
    const text = `/${naiveFold(path)}`;
    if (!includeHidden && text.includes('/.')) return false;
    return words.every((word) => text.includes(word));
  });
}

/** The three tiers of a plain search, for queries of one word: is, starts with, has. */
export function naiveOrder(paths: readonly string[], query: string): string[] {
  const word = naiveFold(query);
  const key = (path: string): [number, number, string[]] => {
    const names = naiveFold(path).split('/');
    const last = names.at(-1)!;
    return [last === word ? 0 : last.startsWith(word) ? 1 : 2, names.length, names];
  };
  return paths.toSorted((a, b) => {
    const [tierA, depthA] = key(a);
    const [tierB, depthB] = key(b);
    return tierA - tierB || depthA - depthB;
  });
}

/** Whether some part of a name is the word but for one error; its first letter is right. */
export function naiveTypo(name: string, word: string): boolean {
  const letters = Array.from(name);
  for (let start = 0; start < letters.length; start += 1) {
    if (letters[start] !== Array.from(word)[0]) continue;
    for (let end = start + 1; end <= letters.length; end += 1) {
      if (distance(letters.slice(start, end), Array.from(word)) <= 1) return true;
    }
  }
  return false;
}

/** Optimal string alignment: insertions, deletions, substitutions, swaps of neighbours. */
function distance(a: readonly string[], b: readonly string[]): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      }
      rows[i]![j] = best;
    }
  }
  return rows[a.length]![b.length]!;
}

/** Whether each letter follows the one before it or begins a later word of the name. */
export function naiveAbbreviation(name: string, word: string): boolean {
  const letters = Array.from(name);
  const begins = (at: number): boolean => {
    if (at === 0) return true;
    const kind = kindOf(letters[at]!);
    return kind !== 'other' && kind !== kindOf(letters[at - 1]!);
  };
  const from = (at: number, rest: readonly string[]): boolean => {
    const [first, ...others] = rest;
    if (first === undefined) return true;
    if (letters[at + 1] === first && from(at + 1, others)) return true;
    for (let next = at + 1; next < letters.length; next += 1) {
      if (letters[next] === first && begins(next) && from(next, others)) return true;
    }
    return false;
  };
  const [first, ...rest] = Array.from(word);
  return letters.some((letter, at) => letter === first && begins(at) && from(at, rest));
}

function kindOf(letter: string): string {
  if (/[0-9]/.test(letter)) return 'digit';
  return /[a-z]|[^\0-\u007f]/.test(letter) ? 'letter' : 'other';
}
