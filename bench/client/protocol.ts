/** What the process of the client under test is to do. */
export interface Job {
  readonly name: JobName;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** How many connections to open, each with the share `data`. */
  readonly connections: number;
  /** `signed`: signs and does not encrypt. */
  readonly protection: 'signed' | 'encrypted';
  /** How many watches. */
  readonly count?: number;
  /** For jobs that do nothing for a while. */
  readonly idleSeconds?: number;
}

export type JobName = 'walk' | 'flat' | 'read' | 'hash-in-turn' | 'hash' | 'latency' | 'watches';

/** Figures of a job by name; each job says which. */
export type Results = Readonly<Record<string, number>>;

/** From the client: something begins or ends now, with the CPU seconds used so far; or the end. */
export type FromClient =
  | { readonly type: 'mark'; readonly mark: string; readonly cpuSeconds: number }
  | { readonly type: 'done'; readonly results: Results; readonly description: string };

/** To the client: begin, or go on from where it waits for its caller. */
export type ToClient = { readonly type: 'job'; readonly job: Job } | { readonly type: 'continue' };
