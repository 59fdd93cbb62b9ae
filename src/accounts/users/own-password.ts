import { User } from '../../db/entities/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { AccountParts } from '../account-parts.ts';
import type { UserChange } from '../account-types.ts';
import type { Caller } from '../caller.ts';
import { notFound, refuseFaults } from './user-info.ts';

/** Where a request of no address comes from: this machine. */
const THIS_MACHINE = 'this machine';

/**
 * Who changes a password of their own shows the old one first, so that a token that was left somewhere
 * is not enough. Guessing it is put off as at a login.
 */
export class OwnPassword {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /**
   * The stored hash that the current password was checked against; undefined when none has to be shown.
   *
   * @throws TidewatchError `invalid_argument`, `too_many_attempts`, `not_found`.
   */
  async verify(by: Caller, id: string, change: UserChange): Promise<string | undefined> {
    if (change.password === undefined || by.userId !== id) return undefined;
    const { currentPassword } = change;
    if (currentPassword === undefined) {
      refuseFaults({ current_password: 'is needed to change a password of your own' });
    }
    const { db, limits, passwords } = this.#parts;
    const user = await db.em().findOne(User, { id });
    if (user === null) throw notFound('user');
    const from = by.address ?? THIS_MACHINE;
    const verified = await limits.attempt(user.usernameKey, from, async () => {
      const right = await passwords.verify(currentPassword ?? '', user.passwordHash);
      return right ? user.passwordHash : undefined;
    });
    if (verified === undefined) throw OwnPassword.wrong();
    return verified;
  }

  static wrong(): TidewatchError {
    const fields = { current_password: 'is wrong' };
    return new TidewatchError('invalid_argument', 'the current password is wrong', { fields });
  }
}
