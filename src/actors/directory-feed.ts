import type { DirectoryChange } from './directory-change.ts';

/** A place, known by being the same object. */
export interface FedPlace {
  readonly display: string;
}

/** Who hears in passing what live watches see, and lends them room. Calls are synchronous. */
export interface DirectoryFeed {
  /** A directory was listed completely; `directories` are those in it, where they were kept. */
  listed(place: FedPlace, path: string, directories: Iterable<string> | undefined): void;
  /** Something happened in a directory; undefined: nobody looked what. */
  changed(place: FedPlace, path: string, changes: readonly DirectoryChange[] | undefined): void;
  /** The server has no room for a watch that somebody needs. */
  needsRoom(place: FedPlace): void;
}
