import { z } from 'zod';
import { CONNECTION_STAGES } from '../../app/index.ts';
import { errorCode, listOf, text, time, uuid } from './common.ts';
import { named } from './named.ts';

const NAME = 200;
const HOST = 255;
const PATH = 32_760;
const SECRET = 1_024;
const PORT = 65_535;

export const connectionType = z.enum(['smb', 'local', 's3']);
export const scope = z.enum(['private', 'shared']);

export const connection = named(
  'Connection',
  z.object({
    id: uuid,
    name: z.string(),
    type: connectionType,
    scope,
    read_only: z.boolean().describe('Given on the command line; cannot be changed.'),
    owner: z.string().optional(),
    host: z.string().optional(),
    port: z.number().int().optional(),
    share_name: z.string().optional(),
    path_prefix: z.string().optional(),
    username: z.string().optional(),
    domain: z.string().optional(),
    has_password: z.boolean().optional(),
    require_signing: z.boolean().optional(),
    require_encryption: z.boolean().optional(),
    bucket: z.string().optional(),
    endpoint: z.string().optional(),
    region: z.string().optional(),
    path_style: z.boolean().optional(),
    access_key: z.string().optional(),
    has_secret_key: z.boolean().optional(),
    root_path: z.string().optional().describe('Relative to a root that an administrator named.'),
    index_files: z.boolean().optional(),
    include_hidden: z.boolean().optional(),
    watch_budget: z.number().int().optional(),
    rescan_interval_minutes: z.number().optional(),
    created_at: time.optional(),
    updated_at: time.optional(),
    version: z.number().int().optional().describe('For `If-Match`.'),
  }),
);
export const connectionList = listOf('ConnectionList', connection);

/** With `null` a field is cleared; what is absent is kept. */
const field = <T extends z.ZodType>(schema: T): z.ZodExactOptional<z.ZodNullable<T>> =>
  schema.nullable().exactOptional();

const secret = (what: string): z.ZodExactOptional<z.ZodNullable<z.ZodString>> =>
  field(text(SECRET)).meta({
    description: `${what}. Goes in and never comes out.`,
    writeOnly: true,
  });

export const connectionFields = named(
  'ConnectionFields',
  z.strictObject({
    name: text(NAME, 1).exactOptional(),
    type: connectionType.exactOptional(),
    scope: scope.exactOptional(),
    host: field(text(HOST, 1)),
    port: field(z.number().int().min(1).max(PORT)),
    share_name: field(text(HOST, 1)),
    path_prefix: field(text(PATH)),
    username: field(text(NAME)),
    domain: field(text(HOST)),
    password: secret('Password of the account'),
    require_signing: field(z.boolean()),
    require_encryption: field(z.boolean()),
    bucket: field(text(HOST, 1)),
    endpoint: field(text(PATH, 1)),
    region: field(text(NAME)),
    path_style: field(z.boolean()),
    access_key: field(text(NAME)),
    secret_key: secret('Secret key of the bucket'),
    root_path: field(text(PATH)),
    index_files: field(z.boolean()),
    include_hidden: field(z.boolean()),
    watch_budget: field(z.number().int().nonnegative()),
    rescan_interval_minutes: field(z.number().positive()),
  }),
);

export const connectionTest = named(
  'ConnectionTest',
  z.object({
    ok: z.boolean(),
    stages: z
      .array(
        z.object({
          stage: z.enum(CONNECTION_STAGES),
          outcome: z
            .enum(['ok', 'unverified', 'failed', 'skipped'])
            .describe('`unverified`: could not be tried without writing.'),
          ok: z.boolean(),
          ms: z.number().nonnegative(),
          code: errorCode.optional(),
          message: z.string().optional(),
          remedy: z.string().optional(),
        }),
      )
      .readonly(),
    dialect: z.string().optional(),
    signing: z.string().optional(),
    cipher: z.string().optional(),
    server_kind: z.string().optional(),
    limits: z.record(z.string(), z.number()).optional(),
  }),
);

export const path = text(PATH);

export const entry = named(
  'Entry',
  z.object({
    name: z.string(),
    path: z.string().describe('Below the root of the connection.'),
    kind: z.enum(['file', 'directory', 'link']),
    size: z.number().nonnegative().describe('Bytes.'),
    modified_at: time,
    created_at: time.optional(),
    file_id: z.string().optional(),
  }),
);
export const entryList = listOf('EntryList', entry);
