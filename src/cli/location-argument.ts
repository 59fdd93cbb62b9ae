import { TidewatchError } from '../errors/tidewatch-error.ts';
import { UsageError } from './failure.ts';
import { parseLocation } from '../app/location.ts';
import type { Location } from '../app/location.ts';

/**
 * Reads a location from the command line.
 *
 * @throws UsageError for what cannot be read; TidewatchError `unsupported` for a kind of location that
 * exists but is not taken.
 */
export function locationArgument(text: string): Location {
  try {
    return parseLocation(text);
  } catch (error) {
    if (error instanceof TidewatchError && error.code !== 'unsupported') {
      throw new UsageError(error.message);
    }
    throw error;
  }
}
