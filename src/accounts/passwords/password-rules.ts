import { DEFAULTS } from '../../defaults.ts';

/**
 * The form in which a password is checked: NFKC, as NIST SP 800-63B section 3.1.1.2 advises, so that it
 * does not matter how a keyboard composes its characters; undefined when it can be no password at all.
 */
export function normalisePassword(password: string): string | undefined {
  // Bounded before it is normalised, which can make it longer.
  if (password.length > 2 * DEFAULTS.passwordMaxChars || !password.isWellFormed()) return undefined;
  const normalised = password.normalize('NFKC');
  return charactersOf(normalised) > DEFAULTS.passwordMaxChars ? undefined : normalised;
}

/** What is wrong with a new password, as a sentence; undefined when nothing is. */
export function passwordFault(password: string): string | undefined {
  const normalised = normalisePassword(password);
  const { passwordMaxChars, passwordMinChars } = DEFAULTS;
  if (normalised === undefined) {
    return password.isWellFormed()
      ? `a password has ${passwordMaxChars} characters at most`
      : 'a password consists of Unicode characters';
  }
  if (charactersOf(normalised) < passwordMinChars) {
    return `a password has ${passwordMinChars} characters at least`;
  }
  return undefined;
}

function charactersOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
