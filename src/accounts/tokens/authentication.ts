import { timingSafeEqual } from 'node:crypto';
import type { Database } from '../../db/database.ts';
import { SCHEMA } from '../../db/orm-options.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { Caller, Role } from '../caller.ts';
import type { Clock } from '../world.ts';
import { KnownCallers } from './known-callers.ts';
import { hashToken, looksLikeToken } from './token-text.ts';
import type { TokenUses } from './token-uses.ts';

interface Row {
  readonly token_id: string;
  readonly user_id: string;
  /** Milliseconds since 1970. */
  readonly expires: number | null;
  readonly username: string;
  readonly role: Role;
}

/** Tokens without an account, and tokens that are disabled with it, belong to nobody. */
const SELECT =
  'select t."id" as "token_id", u."id" as "user_id", u."username", u."role", ' +
  '(extract(epoch from t."expires_at") * 1000)::float8 as "expires" ' +
  `from "${SCHEMA}"."api_token" t join "${SCHEMA}"."user" u on u."id" = t."user_id" ` +
  'where u."enabled" and ';

/** Who is who: by tokens of the database, and by the one of the environment. */
export class Authentication {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #uses: TokenUses;
  readonly #known: KnownCallers;
  /** Of the token of the environment, which has no account. */
  readonly #fixed: Buffer | undefined;

  /** @param fixedToken bearer token that counts as an admin. Throws `invalid_argument` when empty. */
  constructor(db: Database, clock: Clock, uses: TokenUses, fixedToken?: string) {
    if (fixedToken === '') {
      throw new TidewatchError('invalid_argument', 'the access token is empty');
    }
    this.#db = db;
    this.#clock = clock;
    this.#uses = uses;
    this.#known = new KnownCallers(clock);
    this.#fixed = fixedToken === undefined ? undefined : hashToken(fixedToken);
  }

  /** Whom a token belongs to; undefined when to nobody (any more). */
  async authenticate(token: string): Promise<Caller | undefined> {
    const hash = hashToken(token);
    // Hashes have one length, and comparing them tells nothing of the token.
    if (this.#fixed !== undefined && timingSafeEqual(hash, this.#fixed)) {
      return { name: 'token', admin: true };
    }
    if (!looksLikeToken(token)) return undefined;
    const key = `hash ${hash.toString('base64')}`;
    const caller = await this.#known.find(key, () => this.#lookUp('t."token_hash" = ?', hash));
    if (caller?.tokenId === undefined || this.#ended(caller)) return undefined;
    this.#uses.used(caller.tokenId);
    return caller;
  }

  /**
   * Whether who was let in before still may: the same caller as of now, or undefined. Callers without
   * an account are those of the environment and the machine itself, which stay.
   */
  async stillValid(caller: Caller): Promise<Caller | undefined> {
    const { address, tokenId, userId } = caller;
    if (tokenId === undefined) return userId === undefined ? caller : undefined;
    const key = `id ${tokenId}`;
    const now = await this.#known.find(key, () => this.#lookUp('t."id" = ?', tokenId));
    if (now === undefined || this.#ended(now)) return undefined;
    return address === undefined ? now : { ...now, address };
  }

  /** From now on the database is asked again. */
  forgetUser(userId: string): void {
    this.#known.forget((caller) => caller.userId === userId);
  }

  forgetToken(tokenId: string): void {
    this.#known.forget((caller) => caller.tokenId === tokenId);
  }

  async #lookUp(condition: string, value: string | Buffer): Promise<Caller | undefined> {
    const [row] = await this.#db.em().execute<Row[]>(`${SELECT}${condition}`, [value]);
    if (row === undefined) return undefined;
    const { expires, role, token_id, user_id, username } = row;
    return {
      ...{ name: username, admin: role === 'admin', userId: user_id, tokenId: token_id },
      ...(expires !== null && { expiresAt: Math.round(expires) }),
    };
  }

  #ended({ expiresAt }: Caller): boolean {
    return expiresAt !== undefined && expiresAt <= this.#clock.wall();
  }
}
