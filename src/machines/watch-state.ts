/** The words for how a watched directory is, as users see them: section 3 of the contract. */
export type WatchState =
  | 'connecting'
  | 'live'
  | 'reconnecting'
  | 'resyncing'
  | 'polling'
  | 'deleted'
  | 'denied'
  | 'unsupported'
  | 'failed'
  | 'stopped';
