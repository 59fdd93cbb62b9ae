import type { EntityManager } from '../../db/database.ts';
import { KeyCheck } from '../../db/entities/index.ts';
import { SecretBox, keyIdOf } from '../../secrets/secret-box.ts';
import type { KeyRing } from '../../secrets/key-ring.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { SEALED_TABLES } from './sealed-tables.ts';

/** A text that everybody knows: who can open it has the key. */
const KNOWN_TEXT = 'tidewatch';

/** What the database knows of keys, without having any. */
export interface KeyUse {
  /** Ids of the keys that were said to be in use. */
  readonly checked: readonly string[];
  /** Ids of the keys that rows are sealed with. */
  readonly sealing: readonly string[];
}

export async function keyUse(em: EntityManager): Promise<KeyUse> {
  const checks = await em.find(KeyCheck, {}, { orderBy: { keyId: 'asc' } });
  const sealing = new Set<string>();
  for (const table of SEALED_TABLES) {
    for (const id of await table.keyIds(em)) sealing.add(id);
  }
  return { checked: checks.map(({ keyId }) => keyId), sealing: Array.from(sealing).toSorted() };
}

/**
 * Opens the known text with every key that has one.
 *
 * @throws TidewatchError `secret_key_wrong` when one does not open: key and id do not belong together,
 * which happens only when the database was altered.
 */
export async function tryKeys(em: EntityManager, ring: KeyRing): Promise<void> {
  const box = new SecretBox(ring);
  for (const { keyId, sealed } of await em.find(KeyCheck, {})) {
    if (!ring.has(keyId)) continue;
    const opened = keyIdOf(sealed) === keyId && opensTo(box, sealed, keyId);
    if (opened) continue;
    const message = `the database does not belong to the secret key ${keyId}`;
    throw new TidewatchError('secret_key_wrong', message);
  }
}

/** From now on the newest key is one that the database expects, and the one that it seals with. */
export async function noteNewest(em: EntityManager, ring: KeyRing, at: Date): Promise<void> {
  const { id } = ring.newest;
  const sealed = new SecretBox(ring).seal(KNOWN_TEXT, placeOf(id));
  await em.nativeUpdate(KeyCheck, { keyId: { $ne: id } }, { current: false });
  await em.upsert(KeyCheck, { keyId: id, sealed, current: true, createdAt: at });
}

/** Keys that seal nothing any more are expected no longer. */
export async function forgetOthers(em: EntityManager, keyId: string): Promise<void> {
  await em.nativeDelete(KeyCheck, { keyId: { $ne: keyId } });
}

function opensTo(box: SecretBox, sealed: Uint8Array, keyId: string): boolean {
  try {
    return box.openText(sealed, placeOf(keyId)) === KNOWN_TEXT;
  } catch (error) {
    if (error instanceof TidewatchError) return false;
    throw error;
  }
}

function placeOf(keyId: string): { table: string; column: string; row: string } {
  return { table: 'key_check', column: 'sealed', row: keyId };
}
