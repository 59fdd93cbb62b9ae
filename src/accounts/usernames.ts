import { DEFAULTS } from '../defaults.ts';

/**
 * What two spellings of one name have in common: compatibility forms and case do not count. Upper case
 * first, since that joins what lower case alone keeps apart (ß and SS, both small sigmas).
 */
export function foldUsername(name: string): string {
  let folded = name;
  // Once is enough for all but a few characters, whose folded form folds on.
  for (let round = 0; round < 4; round += 1) {
    const next = folded.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
    if (next === folded) break;
    folded = next;
  }
  return folded;
}

/** What is wrong with the name of an account, as a sentence; undefined when nothing is. */
export function usernameFault(name: string): string | undefined {
  const { usernameMaxChars } = DEFAULTS;
  if (Array.from(name.slice(0, 2 * usernameMaxChars + 1)).length > usernameMaxChars) {
    return `a user name has ${usernameMaxChars} characters at most`;
  }
  if (name === '') return 'a user name has one character at least';
  if (!name.isWellFormed()) return 'a user name consists of Unicode characters';
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'a user name holds no invisible or control characters';
  }
  if (name.trim() !== name || / {2}/.test(name)) {
    return 'a user name neither begins nor ends with a space, and holds no two in a row';
  }
  return undefined;
}
