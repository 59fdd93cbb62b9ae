import { Readable } from 'node:stream';
import type { ListedEntry } from '../app/index.ts';
import { errorResponse } from './http-errors.ts';

/**
 * Entries as lines of JSON, no faster than they are taken. Whoever reads sees a listing that failed: its
 * last line is `{"error": …}`, and the answer is cut off without an end.
 */
export function entryLines(
  pages: AsyncIterable<readonly ListedEntry[]>,
  shown: (entry: ListedEntry) => unknown,
): Readable {
  return Readable.from(lines(pages, shown), { objectMode: false, highWaterMark: 65_536 });
}

async function* lines(
  pages: AsyncIterable<readonly ListedEntry[]>,
  shown: (entry: ListedEntry) => unknown,
): AsyncGenerator<string> {
  try {
    for await (const page of pages) {
      if (page.length > 0) yield page.map((one) => `${JSON.stringify(shown(one))}\n`).join('');
    }
  } catch (error) {
    yield `${JSON.stringify({ error: errorResponse(error).body })}\n`;
    throw error;
  }
}
