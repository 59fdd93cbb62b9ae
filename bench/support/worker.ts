import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Calls, Question } from '../workers/answer-calls.ts';
import type { CacheScanCalls } from '../workers/cache-scan.ts';
import type { CountingSocketCalls } from '../workers/counting-sockets.ts';
import type { DirectoryMemoryCalls } from '../workers/directory-memory.ts';
import type { DirectorySearchCalls } from '../workers/directory-search.ts';
import type { InMemoryCalls } from '../workers/in-memory.ts';
import type { IsolatedCalls } from '../workers/isolated.ts';
import type { LatencySocketCalls } from '../workers/latency-sockets.ts';
import type { RuntimeCalls } from '../workers/runtime.ts';

const FOLDER = join(import.meta.dirname, '..', 'workers');

/** The programs of `bench/workers`, by the name of their file. */
interface Programs {
  readonly 'cache-scan': CacheScanCalls;
  readonly 'counting-sockets': CountingSocketCalls;
  readonly 'directory-memory': DirectoryMemoryCalls;
  readonly 'directory-search': DirectorySearchCalls;
  readonly 'in-memory': InMemoryCalls;
  readonly isolated: IsolatedCalls;
  readonly 'latency-sockets': LatencySocketCalls;
  readonly runtime: RuntimeCalls;
}

/** Somebody in a process of its own, so that its CPU time and memory are its own. */
export interface Worker<C extends Calls> {
  /** Rejects when the call failed there, or the worker has ended. */
  call<Name extends keyof C & string>(
    name: Name,
    ...argument: Parameters<C[Name]>
  ): Promise<Awaited<ReturnType<C[Name]>>>;
  /** What its process has used so far. */
  cpuSeconds(): Promise<number>;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

export function startWorker<Name extends keyof Programs>(
  program: Name,
  execArgv: readonly string[] = [],
): Worker<Programs[Name]> {
  const child = fork(join(FOLDER, `${program}.ts`), [], {
    execArgv: ['--expose-gc', ...execArgv],
  });
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      const reason = new Error(`the worker ${program} ended with ${code ?? signal}`);
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
      resolve();
    });
  });
  let lastId = 0;
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  const ask = (name: string, argument: unknown): Promise<Answer> => {
    const asked = Promise.withResolvers<Answer>();
    const id = (lastId += 1);
    waiting.set(id, asked);
    child.send({ id, name, argument } satisfies Question, (error) => {
      if (error !== null) asked.reject(error);
    });
    return asked.promise;
  };
  return {
    async call(name, ...[argument]) {
      const { error, value } = await ask(name, argument);
      if (error !== undefined) throw new Error(`${program} ${name}: ${error}`);
      return value as never;
    },
    async cpuSeconds() {
      return (await ask('', undefined)).cpuSeconds;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
