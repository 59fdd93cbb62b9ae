import { DEFAULTS } from '../../defaults.ts';
import type { Database, EntityManager } from '../../db/database.ts';
import { AuditLog } from '../../db/entities/index.ts';
import { timeOrderedIds } from '../../db/time-ordered-ids.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { Clock } from '../world.ts';
import { auditDetails, auditText } from './audit-details.ts';

export interface AuditRecord {
  /** UUID of version 7: greater than those before. */
  readonly id: string;
  readonly at: string;
  /** Name of who did it. */
  readonly actor: string;
  /** `login`, `user.update`, `settings.update`, … */
  readonly action: string;
  readonly subject?: string;
  readonly outcome: 'ok' | 'refused';
  readonly address?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type AuditEntry = Omit<AuditRecord, 'id' | 'at'>;

/** How long, and how many of them, records are kept. */
export interface Retention {
  readonly days: number;
  readonly rows: number;
}

const DAY_MS = 86_400_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The record of who did what. It holds no secrets, whatever it is given. */
export class AuditTrail {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #nextId: () => string;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#nextId = timeOrderedIds(() => clock.wall());
  }

  /** In a transaction of its own; within another one use `recordIn`. */
  record(entry: AuditEntry): Promise<void> {
    return this.recordIn(this.#db.em(), entry);
  }

  /** As part of a change, so that there is neither without the other. */
  async recordIn(em: EntityManager, entry: AuditEntry): Promise<void> {
    const { action, actor, address, details, outcome, subject } = entry;
    await em.insert(AuditLog, {
      id: this.#nextId(),
      at: new Date(this.#clock.wall()),
      actor: auditText(actor),
      action,
      outcome,
      subject: subject === undefined ? null : auditText(subject),
      address: address === undefined ? null : auditText(address),
      details: auditDetails(details ?? {}),
    });
  }

  /**
   * Newest first; `after`: older than the record of this id.
   *
   * @throws TidewatchError `invalid_argument` when `after` is no UUID.
   */
  async list(query: {
    after?: string;
    limit: number;
    action?: string;
  }): Promise<readonly AuditRecord[]> {
    const { action, after, limit } = query;
    if (after !== undefined && !UUID.test(after)) {
      const fields = { after: 'is not the id of a record' };
      throw new TidewatchError('invalid_argument', 'after is not the id of a record', { fields });
    }
    const rows = await this.#db.em().find(
      AuditLog,
      {
        ...(after !== undefined && { id: { $lt: after.toLowerCase() } }),
        ...(action !== undefined && { action }),
      },
      { orderBy: { id: 'desc' }, limit: Math.min(limit, DEFAULTS.httpMaxPageSize) },
    );
    return rows.map(recordOf);
  }

  /**
   * Removes what is too old or too much, in small steps. Resolves with how many went.
   *
   * @param signal ends it between two steps.
   */
  async prune(retention: Retention, signal?: AbortSignal): Promise<number> {
    const before = oldestId(this.#clock.wall() - retention.days * DAY_MS);
    let removed = 0;
    for (const bound of [before, await this.#idBeyond(retention.rows)]) {
      if (bound === undefined) continue;
      for (;;) {
        if (signal?.aborted === true) return removed;
        const step = await this.#removeSome(bound);
        removed += step;
        if (step < DEFAULTS.auditPruneRows) break;
      }
    }
    return removed;
  }

  /** The oldest id that stays when so many rows do; undefined when there are no more. */
  async #idBeyond(rows: number): Promise<string | undefined> {
    const em = this.#db.em();
    const options = { orderBy: { id: 'desc' }, offset: rows - 1, limit: 1 } as const;
    const [oldest] = await em.find(AuditLog, {}, { ...options, fields: ['id'] });
    return oldest?.id;
  }

  async #removeSome(before: string): Promise<number> {
    const em = this.#db.em();
    const where = { id: { $lt: before } };
    const options = { orderBy: { id: 'asc' }, limit: DEFAULTS.auditPruneRows } as const;
    const rows = await em.find(AuditLog, where, { ...options, fields: ['id'] });
    if (rows.length === 0) return 0;
    return em.nativeDelete(AuditLog, { id: { $in: rows.map(({ id }) => id) } });
  }
}

function recordOf(row: AuditLog): AuditRecord {
  const { action, actor, address, details, id, outcome, subject } = row;
  return {
    ...{ id, at: row.at.toISOString(), actor, action, outcome },
    ...(subject !== null && subject !== undefined && { subject }),
    ...(address !== null && address !== undefined && { address }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

/** No record of that time or later has a smaller id: ids begin with the time (RFC 9562 section 5.7). */
function oldestId(wall: number): string {
  const time = Math.max(0, Math.floor(wall)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
