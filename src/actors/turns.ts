import type { Limits } from './limits.ts';
import { Pacer } from './pacer.ts';

/** Whose turn it is to ask a server: of each server its own, so that one that hangs delays no other. */
export interface Turns {
  /** Opening and arming. */
  readonly arming: Pacer;
  readonly listing: Pacer;
  /** Checks at leisure. */
  readonly verifying: Pacer;
}

export function newTurns(limits: Limits): Turns {
  return {
    arming: new Pacer(limits.armConcurrency),
    listing: new Pacer(limits.listConcurrency),
    verifying: new Pacer(limits.verifyConcurrency),
  };
}
