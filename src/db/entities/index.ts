import { ApiToken } from './api-token.ts';
import { AuditLog } from './audit-log.ts';
import { Connection } from './connection.ts';
import { KeyCheck } from './key-check.ts';
import { OneTimeTask } from './one-time-task.ts';
import { SystemSetting } from './system-setting.ts';
import { User } from './user.ts';

export { ApiToken, AuditLog, Connection, KeyCheck, OneTimeTask, SystemSetting, User };

/** Every table, in an order in which rows can be put in: what is referred to comes first. */
export const ENTITIES = [
  User,
  ApiToken,
  Connection,
  SystemSetting,
  AuditLog,
  OneTimeTask,
  KeyCheck,
] as const;
