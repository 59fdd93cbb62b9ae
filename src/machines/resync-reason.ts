/** Why something may have been missed; a reader treats any other word as a resync as well. */
export type ResyncReason =
  | 'overflow'
  | 'malformed'
  | 'reconnected'
  | 'reopened'
  | 'recreated'
  | 'restarted'
  | 'diverged'
  | 'credentials_changed'
  | 'slow_consumer'
  | 'replay_gap'
  | 'refresh'
  /** Changes were told that readers may have listed in between: what they hold cannot be vouched for. */
  | 'recheck';
