import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { ConnectionStage, StageName } from './service-face.ts';

/** What a stage learned. */
export interface Found {
  /** For people. */
  readonly message: string;
  /** It works, but should be mended: how. */
  readonly remedy?: string;
  /** It could not be tried to the end. */
  readonly unverified?: boolean;
}

/** Runs one stage after the other; those behind one that failed are skipped. */
export class Stages {
  readonly done: ConnectionStage[] = [];
  readonly #signal: AbortSignal;
  readonly #onStage: (stage: ConnectionStage) => Promise<void> | void;
  #failed = false;

  constructor(signal: AbortSignal, onStage: (stage: ConnectionStage) => Promise<void> | void) {
    this.#signal = signal;
    this.#onStage = onStage;
  }

  get ok(): boolean {
    return !this.#failed;
  }

  /** What the stage found; undefined when it, or one before it, failed. Takes a bounded time. */
  async run<T extends Found>(
    stage: StageName,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.#failed) {
      await this.#add({ stage, outcome: 'skipped', ok: false, ms: 0 });
      return undefined;
    }
    const begin = performance.now();
    const patience = AbortSignal.timeout(DEFAULTS.connectionStageMs);
    try {
      const found = await untilAborted(work, AbortSignal.any([this.#signal, patience]));
      const { message, remedy, unverified } = found;
      const outcome = unverified === true ? 'unverified' : 'ok';
      const fix = remedy === undefined ? {} : { remedy };
      await this.#add({ stage, outcome, ok: true, ms: since(begin), message, ...fix });
      return found;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof TidewatchError) && !patience.aborted) throw error;
      this.#failed = true;
      const { code, message, remedy } = patience.aborted ? tooLate() : (error as TidewatchError);
      await this.#add({
        ...{ stage, outcome: 'failed', ok: false, ms: since(begin) },
        ...{ code, message, remedy },
      });
      return undefined;
    }
  }

  async #add(stage: ConnectionStage): Promise<void> {
    this.done.push(stage);
    await this.#onStage(stage);
  }
}

/** Work that takes no notice of its signal is left behind; whoever began it ends it. */
function untilAborted<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

function tooLate(): TidewatchError {
  return new TidewatchError('timeout', `no answer within ${DEFAULTS.connectionStageMs} ms`);
}

/** To a hundredth of a millisecond. */
function since(begin: number): number {
  return Math.round((performance.now() - begin) * 100) / 100;
}
