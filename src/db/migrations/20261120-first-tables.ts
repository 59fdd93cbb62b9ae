import { Migration } from '@mikro-orm/migrations';

/** Accounts, saved connections, settings, the record of who did what. */
export class FirstTables extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}

const STATEMENTS = [
  `create table "tidewatch"."user" (
    "id" uuid primary key,
    "username" text not null,
    "username_key" text not null constraint "user_username_key_unique" unique,
    "password_hash" text not null,
    "role" text not null constraint "user_role_check" check ("role" in ('admin', 'user')),
    "enabled" boolean not null,
    "created_at" timestamptz(3) not null,
    "updated_at" timestamptz(3) not null,
    "last_login_at" timestamptz(3) null,
    "version" int not null default 1
  )`,

  `create table "tidewatch"."api_token" (
    "id" uuid primary key,
    "user_id" uuid null constraint "api_token_user_id_foreign"
      references "tidewatch"."user" ("id") on delete cascade,
    "name" text not null,
    "kind" text not null constraint "api_token_kind_check" check ("kind" in ('login', 'api')),
    "token_hash" bytea not null constraint "api_token_token_hash_unique" unique,
    "created_at" timestamptz(3) not null,
    "expires_at" timestamptz(3) null,
    "last_used_at" timestamptz(3) null
  )`,
  `create index "api_token_user_id_index" on "tidewatch"."api_token" ("user_id")`,
  `create index "api_token_expires_at_index" on "tidewatch"."api_token" ("expires_at")`,

  `create table "tidewatch"."connection" (
    "id" uuid primary key,
    "owner_id" uuid null constraint "connection_owner_id_foreign"
      references "tidewatch"."user" ("id") on delete no action,
    "name" text not null,
    "name_key" text not null,
    "type" text not null constraint "connection_type_check"
      check ("type" in ('smb', 'local', 's3')),
    "scope" text not null constraint "connection_scope_check"
      check ("scope" in ('private', 'shared')),
    "config" jsonb not null,
    "secrets" bytea null,
    "secret_names" jsonb not null,
    "key_id" text null,
    "created_at" timestamptz(3) not null,
    "updated_at" timestamptz(3) not null,
    "version" int not null default 1,
    constraint "connection_owner_id_name_key_unique" unique ("owner_id", "name_key")
  )`,

  `create table "tidewatch"."system_setting" (
    "key" text primary key,
    "value" jsonb null,
    "sealed" bytea null,
    "key_id" text null,
    "updated_at" timestamptz(3) not null,
    "updated_by" text not null
  )`,

  `create table "tidewatch"."audit_log" (
    "id" uuid primary key,
    "at" timestamptz(3) not null,
    "actor" text not null,
    "action" text not null,
    "subject" text null,
    "outcome" text not null constraint "audit_log_outcome_check"
      check ("outcome" in ('ok', 'refused')),
    "address" text null,
    "details" jsonb not null
  )`,
  `create index "audit_log_action_id_index" on "tidewatch"."audit_log" ("action", "id")`,

  `create table "tidewatch"."one_time_task" (
    "name" text primary key,
    "done_at" timestamptz(3) not null,
    "details" jsonb not null
  )`,

  `create table "tidewatch"."key_check" (
    "key_id" text primary key,
    "sealed" bytea not null,
    "current" boolean not null,
    "created_at" timestamptz(3) not null
  )`,
];
