import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** What a search gives when nothing else is said, and at most. Throws `invalid_argument`. */
export function searchLimit(wanted: number | undefined): number {
  const { searchResults, searchMaxResults } = DEFAULTS;
  if (wanted === undefined) return searchResults;
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new TidewatchError('invalid_argument', 'limit is no number from 1');
  }
  return Math.min(wanted, searchMaxResults);
}
