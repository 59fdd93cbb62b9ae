import type { Client } from 'pg';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { SCHEMA } from '../orm-options.ts';

const OLDEST = 130_000;

/**
 * Makes sure that a database can be used: new enough, in UTF-8, with a schema of ours to make tables in.
 *
 * @returns the name of the database.
 * @throws TidewatchError `database_too_old`, `database_rights_missing`, `invalid_argument`.
 */
export async function checkServer(client: Client): Promise<string> {
  const { rows } = await client.query<Facts>(
    `select current_database() as name, current_user as "user",
      current_setting('server_version') as version,
      current_setting('server_version_num')::int as number,
      current_setting('server_encoding') as encoding`,
  );
  const facts = rows[0] as Facts;
  if (facts.number < OLDEST) {
    throw new TidewatchError('database_too_old', `the server is PostgreSQL ${facts.version}`);
  }
  if (facts.encoding !== 'UTF8') {
    throw new TidewatchError(
      'invalid_argument',
      `the database ${facts.name} is encoded in ${facts.encoding}; it must be UTF8`,
    );
  }
  await ensureSchema(client, facts);
  return facts.name;
}

interface Facts {
  readonly name: string;
  readonly user: string;
  readonly version: string;
  readonly number: number;
  readonly encoding: string;
}

async function ensureSchema(client: Client, facts: Facts): Promise<void> {
  // Asked first: "if not exists" needs the right to create a schema even where there is one.
  const { rows } = await client.query<{ usable: boolean }>(
    `select has_schema_privilege(oid, 'create') and has_schema_privilege(oid, 'usage') as usable
      from pg_namespace where nspname = $1`,
    [SCHEMA],
  );
  const schema = rows[0];
  if (schema === undefined) await client.query(`create schema ${SCHEMA}`);
  else if (!schema.usable) {
    throw new TidewatchError(
      'database_rights_missing',
      `the user ${facts.user} may not make tables in the schema ${SCHEMA} of ${facts.name}`,
    );
  }
}
