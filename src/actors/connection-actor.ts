import type { SnapshotFrom } from 'xstate';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { retryDelay } from '../machines/retry-policy.ts';
import type { Failure } from '../machines/failure.ts';
import { kindOfFailure } from '../machines/failure.ts';
import { smbConnection } from '../machines/smb-connection.ts';
import type { ConnectionEffects, ConnectionTimer } from '../machines/smb-connection.ts';
import { statePath } from '../machines/state-words.ts';
import { SmbLink } from '../storage/smb/smb-link.ts';
import type { SmbTarget } from '../storage/target.ts';
import type { TreeLease } from '../storage/smb/tree-leases.ts';
import { failureOf } from './failure-of.ts';
import { NamedTimers } from './named-timers.ts';
import type { ActorOwner, ManagedActor } from './registry.ts';
import { restartLater } from './restart.ts';
import type { Restart } from './restart.ts';
import type { Services } from './services.ts';

/** Who needs a connection. Calls come on a later tick than `attach`. */
export interface LinkUser {
  linkReady(): void;
  /** It is not there, or no longer; it is tried again by itself. */
  linkTrouble(failure: Failure, nextTryMs: number): void;
  /** Nobody tries any more. */
  linkFailed(failure: Failure): void;
}

/** As if it had failed: who asks for it is told when it is tried again. */
const CRASHED = 'backing-off.crashed';

/** Gives the state chart of a connection its socket, its timers and its users. */
export class ConnectionActor implements ConnectionEffects, ActorOwner<typeof smbConnection> {
  readonly id: string;
  readonly #services: Services;
  readonly #link: SmbLink;
  readonly #target: SmbTarget;
  readonly #users = new Set<LinkUser>();
  readonly #timers: NamedTimers<ConnectionTimer>;
  readonly #onOver: () => void;
  /** None before anybody has asked for it. */
  #actor: ManagedActor<typeof smbConnection> | undefined;
  /** Aborted when the state changes: what still runs belongs to the state before. */
  #stage = new AbortController();
  #closing: Promise<void> = Promise.resolve();
  #state = 'idle';
  #retryAt = 0;
  #failure: Failure | undefined;
  #crashes = 0;
  /** It has crashed, and waits for its next life. */
  #restart: Restart | undefined;
  #over: { readonly done: Promise<void>; settle: () => void };
  /** More pending notifies than these the server refuses; learned from its first refusal. */
  capacity = Infinity;

  constructor(id: string, target: SmbTarget, services: Services, onOver: () => void) {
    this.id = id;
    this.#services = services;
    this.#timers = new NamedTimers(services.wheel, this);
    this.#target = target;
    this.#onOver = onOver;
    let settle = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    this.#over = { done, settle };
    this.#link = new SmbLink({
      target,
      network: services.network,
      connectTimeoutMs: services.limits.connectTimeoutMs,
      onRenewal: (renewal) => this.#followRenewal(renewal),
    });
  }

  /** A state of the chart, such as `connecting.dialing`. */
  get state(): string {
    return this.#state;
  }

  get users(): number {
    return this.#users.size;
  }

  get link(): SmbLink {
    return this.#link;
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** It is going away, or gone: who needs a connection makes another. */
  get isLeaving(): boolean {
    return this.#state === 'closed' || this.#state === 'tearing-down';
  }

  attach(user: LinkUser): void {
    this.#users.add(user);
    // One that has failed tries again for whoever asks.
    if (this.#actor !== undefined) this.#actor.send({ type: 'DEMAND' });
    // Asked for by an action of a chart, which must not start another one.
    else queueMicrotask(() => this.#begin());
    // What was announced before is told to newcomers, too.
    queueMicrotask(() => {
      if (this.#users.has(user)) this.#tell(user);
    });
  }

  detach(user: LinkUser): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    if (this.#restart !== undefined) this.#endCrashed(this.#restart);
    else if (this.#actor === undefined) this.#enter('closed');
    else this.#actor.send({ type: 'RELEASE' });
  }

  leaseTree(share: string): Promise<TreeLease> {
    return this.#link.leaseTree(share);
  }

  /** Ends it, needed or not; resolves when nothing is left. */
  close(): Promise<void> {
    if (this.#restart !== undefined) this.#endCrashed(this.#restart);
    else if (this.#actor === undefined) this.#enter('closed');
    else this.#actor.send({ type: 'CLOSE' });
    return this.#over.done;
  }

  resolve(): void {
    const { connectTimeoutMs } = this.#services.limits;
    this.#run('RESOLVED', (signal) => this.#within(connectTimeoutMs, this.#link.resolve(signal)));
  }

  dial(): void {
    this.#run('DIALED', (signal) => this.#link.dial(signal));
  }

  negotiate(): void {
    this.#run('NEGOTIATED', (signal) => this.#link.negotiate(signal));
  }

  authenticate(): void {
    this.#run('AUTHENTICATED', async () => {
      const { connectTimeoutMs } = this.#services.limits;
      await this.#within(connectTimeoutMs, this.#link.authenticate());
    });
  }

  renew(): void {
    // The renewal announces itself through `onRenewal`.
    this.#link.renew().catch((error: unknown) => {
      // Unless there was nothing that could be renewed.
      if (this.#link.session !== undefined) return;
      this.#actor?.send({ type: 'FAILED', failure: failureOf(error) });
    });
  }

  probe(): void {
    const { signal } = this.#stage;
    const { probeTimeoutMs } = this.#services.limits;
    void this.#link.probe(signal, probeTimeoutMs).then((answered) => {
      if (!signal.aborted) this.#actor?.send({ type: answered ? 'ANSWERED' : 'SILENT' });
    });
  }

  announceReady(): void {
    this.#failure = undefined;
    const lost = this.#link.lost;
    const { connection } = this.#link;
    void lost?.then(({ code, message }) => {
      // Of a connection that was replaced nobody wants to hear.
      if (this.#link.connection !== connection) return;
      this.#actor?.send({ type: 'LOST', failure: { code, message } });
    });
    for (const user of [...this.#users]) user.linkReady();
  }

  announceTrouble(failure: Failure): void {
    this.#failure = failure;
    this.#services.logger.info(
      { event: 'connection.trouble', connection: this.id, code: failure.code },
      failure.message,
    );
    // After the timer was set, so that users can say when the next try comes.
    queueMicrotask(() => {
      if (this.#failure !== failure) return;
      for (const user of [...this.#users]) this.#tell(user);
    });
  }

  announceFailed(failure: Failure): void {
    this.#failure = failure;
    for (const user of [...this.#users]) user.linkFailed(failure);
  }

  abandon(): void {
    this.#services.counters.reconnects += 1;
    this.#closeLink();
  }

  tearDown(): void {
    this.#closeLink();
    void this.#closing.then(() => this.#actor?.send({ type: 'TORN_DOWN' }));
  }

  schedule(timer: ConnectionTimer, attempt: number): void {
    const delay = this.#delayOf(timer, attempt);
    if (delay === undefined) return;
    if (timer === 'retry') this.#retryAt = this.#services.clock.now() + delay;
    this.#timers.set(timer, delay);
  }

  cancel(timer: ConnectionTimer): void {
    this.#timers.cancel(timer);
  }

  timerDue(timer: ConnectionTimer): void {
    this.#actor?.send({ type: 'DUE', timer });
  }

  /** Whoever asked may have left since, and another may have begun it. */
  #begin(): void {
    if (this.#state === 'closed') return;
    this.#actor ??= this.#spawn();
    this.#actor.send({ type: 'DEMAND' });
  }

  #spawn(): ManagedActor<typeof smbConnection> {
    return this.#services.registry.spawn(smbConnection, {
      id: this.id,
      input: { effects: this, retry: this.#services.retry },
      owner: this,
    });
  }

  actorMoved({ value }: SnapshotFrom<typeof smbConnection>): void {
    this.#enter(statePath(value));
  }

  #enter(state: string): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state !== 'closed') return;
    this.#timers.cancelAll();
    this.#onOver();
    void this.#closing.then(() => this.#over.settle());
  }

  actorCrashed(error: unknown): void {
    this.#crashes += 1;
    this.#timers.cancelAll();
    this.#closeLink();
    const crash = { actor: this.id, error, count: this.#crashes };
    this.#restart = restartLater(this.#services, crash, () => {
      this.#restart = undefined;
      this.#actor = this.#spawn();
      this.#actor.send({ type: 'DEMAND' });
    });
    const { failure, delayMs } = this.#restart;
    this.#failure = failure;
    this.#retryAt = this.#services.clock.now() + delayMs;
    this.#state = CRASHED;
    for (const user of [...this.#users]) user.linkTrouble(failure, delayMs);
    if (this.#users.size === 0) this.#endCrashed(this.#restart);
  }

  /** What the chart would do, if there were one; the link is being closed. */
  #endCrashed({ timer }: Restart): void {
    this.#restart = undefined;
    this.#services.wheel.cancel(timer);
    this.#enter('closed');
  }

  #closeLink(): void {
    this.#stage.abort();
    this.#stage = new AbortController();
    const closed = this.#link.close();
    this.#closing = Promise.all([this.#closing, closed]).then(() => undefined);
  }

  #run(
    done: 'RESOLVED' | 'DIALED' | 'NEGOTIATED' | 'AUTHENTICATED',
    work: (signal: AbortSignal) => Promise<void>,
  ): void {
    this.#stage.abort();
    this.#stage = new AbortController();
    const { signal } = this.#stage;
    work(signal).then(
      () => {
        if (!signal.aborted) this.#actor?.send({ type: done });
      },
      (error: unknown) => {
        if (!signal.aborted) this.#actor?.send({ type: 'FAILED', failure: failureOf(error) });
      },
    );
  }

  #followRenewal(renewal: Promise<void>): void {
    const { connection } = this.#link;
    this.#actor?.send({ type: 'RENEWAL' });
    renewal.then(
      () => {
        if (this.#link.connection === connection) this.#actor?.send({ type: 'RENEWED' });
      },
      (error: unknown) => {
        if (this.#link.connection !== connection) return;
        this.#actor?.send({ type: 'FAILED', failure: failureOf(error) });
      },
    );
  }

  /** What nobody answers ends in time: the client bounds each request, not the whole of a logon. */
  #within<T>(ms: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#services.wheel.set(
        {
          due: () =>
            reject(new TidewatchError('timeout', `${this.#target.host} did not answer in time`)),
        },
        ms,
      );
      work.then(resolve, reject).finally(() => this.#services.wheel.cancel(timer));
    });
  }

  #tell(user: LinkUser): void {
    if (this.#state === 'ready' || this.#state === 'reauthenticating') user.linkReady();
    else if (this.#state === 'failed') user.linkFailed(this.#failure!);
    else if (this.#failure !== undefined && this.#state.startsWith('backing-off')) {
      user.linkTrouble(this.#failure, Math.max(0, this.#retryAt - this.#services.clock.now()));
    }
  }

  #delayOf(timer: ConnectionTimer, attempt: number): number | undefined {
    const { limits, retry, random } = this.#services;
    switch (timer) {
      case 'retry': {
        const kind = this.#failure === undefined ? 'passing' : kindOfFailure(this.#failure);
        const isSlow = kind === 'refused' || kind === 'denied' || kind === 'lasting';
        return isSlow ? limits.refusedRetryMs : retryDelay(retry, attempt, random);
      }
      case 'probe':
        // A spread, or all clients of a server that comes back would knock at once.
        return limits.probeIntervalMs * (0.5 + random() / 2);
      case 'steady':
        return DEFAULTS.retryResetMs;
      case 'linger':
        return limits.connectionLingerMs;
      case 'expiry': {
        const expiresAt = this.#link.session?.expiresAt;
        if (expiresAt === undefined) return undefined;
        return Math.max(0, expiresAt - this.#services.clock.wall() - limits.renewBeforeMs);
      }
    }
  }
}
