import type { DirectoryOptions } from './directory-options.ts';

export interface SearchFace {
  /** Whether it is there now; never throws. */
  hasDirectory(): Promise<boolean>;
  /** Something happened beside it. */
  hinted(): void;
  found(): void;
}

/**
 * Waits for a directory that is gone, with a watch on its parent. One look at a time, and another one
 * after it for whoever asked meanwhile; what is seen after the end is told to nobody.
 */
export class DirectorySearch {
  readonly #face: SearchFace;
  readonly #stopWatchingParent: () => void;
  #isLooking = false;
  #isAsked = false;
  #isOver = false;

  constructor(options: DirectoryOptions, face: SearchFace) {
    this.#face = face;
    this.#stopWatchingParent = options.owner.watchParent(options, () => face.hinted());
  }

  look(): void {
    if (this.#isLooking) this.#isAsked = true;
    else void this.#look();
  }

  end(): void {
    this.#isOver = true;
    this.#stopWatchingParent();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    do {
      this.#isAsked = false;
      const isThere = await this.#face.hasDirectory();
      if (isThere && !this.#isOver) this.#face.found();
    } while (this.#isAsked && !this.#isOver);
    this.#isLooking = false;
  }
}
