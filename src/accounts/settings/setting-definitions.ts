/** What a setting may be. */
export type SettingDefinition = BooleanSetting | IntegerSetting | TextSetting;

interface Described {
  /** `room.name`, in lower case with `_`. */
  readonly key: string;
  /** A sentence for people. */
  readonly description: string;
}

export interface BooleanSetting extends Described {
  readonly type: 'boolean';
  readonly default: boolean;
}

export interface IntegerSetting extends Described {
  readonly type: 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

export interface TextSetting extends Described {
  readonly type: 'text';
  readonly default: string | null;
  /** Goes in and never comes out. */
  readonly secret?: true;
}

/** Every setting that an administrator can change while the server runs: section 5 of the contract. */
export const SETTINGS: readonly SettingDefinition[] = [
  {
    ...{ key: 'audit.keep_days', type: 'integer', default: 180, min: 1, max: 36_500 },
    description: 'Days that records of who did what are kept.',
  },
  {
    ...{ key: 'audit.keep_rows', type: 'integer', default: 1_000_000, min: 100, max: 100_000_000 },
    description: 'Records of who did what that are kept; the oldest go first.',
  },
  {
    ...{ key: 'cache.rescan_interval_minutes', type: 'integer', default: 60, min: 1, max: 10_080 },
    description: 'Minutes until all directories of a connection are looked through again.',
  },
  {
    ...{ key: 'cache.watch_budget', type: 'integer', default: 2_000, min: 0, max: 100_000 },
    description: 'Directories of one connection that its directory cache watches one by one.',
  },
  {
    ...{ key: 'login.lifetime_hours', type: 'integer', default: 12, min: 1, max: 8_760 },
    description: 'Hours after which a login ends; counts for logins from then on.',
  },
  {
    ...{ key: 'network.allow_loopback_hosts', type: 'boolean', default: false },
    description: 'Whether connections may lead to this machine itself.',
  },
  {
    ...{ key: 'network.allow_private_hosts', type: 'boolean', default: true },
    description: 'Whether connections may lead to private networks.',
  },
  {
    ...{ key: 'retry.max_attempts', type: 'integer', default: 0, min: 0, max: 1_000_000 },
    description: 'Failures in a row after which a watch is given up; 0: never.',
  },
  {
    ...{ key: 'watch.verify_interval_minutes', type: 'integer', default: 10, min: 1, max: 1_440 },
    description: 'Minutes until a watched directory is compared with what the server lists.',
  },
];
