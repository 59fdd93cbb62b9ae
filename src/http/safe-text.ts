import { DEFAULTS } from '../defaults.ts';

/**
 * Text of a client for one line of a log: bounded, and nothing in it that ends a line or that a terminal
 * obeys (C0, DEL, C1, and the separators of lines and paragraphs of Unicode).
 */
export function safeText(text: string, most: number = DEFAULTS.logPathCharacters): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}
