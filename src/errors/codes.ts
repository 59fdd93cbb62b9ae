/**
 * Every error code of the product: what it means and what to do about it.
 *
 * The words are stable: clients may compare them, `docs/reference/errors.md` mirrors the table and a
 * test keeps the two equal. Add freely; never rename or reuse a code.
 */
export const ERROR_CODES = {
  aborted: {
    meaning: 'The caller cancelled the operation.',
    remedy: 'Nothing to mend: the signal given by the caller was aborted.',
  },
  access_denied: {
    meaning: 'The account has no right to do this here.',
    remedy:
      'Grant the account the right on the share and in the file system, or use another account.',
  },
  account_restricted: {
    meaning:
      'The server knows the account but refuses the logon (disabled, locked, expired, wrong hours or wrong machine).',
    remedy:
      'Ask the administrator of the server to lift the restriction; wait before trying again.',
  },
  address_forbidden: {
    meaning: 'The server may not connect to this address on behalf of its users.',
    remedy:
      'Name another host; an administrator may allow private networks or this machine itself in the settings network.allow_private_hosts and network.allow_loopback_hosts.',
  },
  address_in_use: {
    meaning: 'Another program listens on that address and port already.',
    remedy: 'Stop the other program, or choose another port with --port or TIDEWATCH_PORT.',
  },
  already_exists: {
    meaning: 'A file or directory of that name exists already.',
    remedy: 'Choose another name, or allow the existing one to be replaced.',
  },
  bad_login: {
    meaning: 'The user name or the password is wrong, or the account is disabled.',
    remedy:
      'Correct them; an administrator can set a new password with `tidewatch user passwd NAME`.',
  },
  changed_while_reading: {
    meaning: 'The file changed or shrank while it was being read.',
    remedy: 'Try again when whoever writes it has finished.',
  },
  closed: {
    meaning: 'The connection, session, tree, file or watch was closed by this program.',
    remedy: 'Open it again.',
  },
  data_folder_unusable: {
    meaning: 'The folder for the data cannot be used.',
    remedy:
      'Give the user of this process the right to write there, on a local disk with room, or choose another folder with --data-dir.',
  },
  database_busy: {
    meaning:
      'A transaction of the embedded database took so long that another one could not begin.',
    remedy: 'Try again; if it happens again, report it with the log of that time.',
  },
  database_failed: {
    meaning: 'The database failed or was lost while the server ran.',
    remedy:
      'Look into the log; check that the disk has room and works, or that the database server runs; then start again.',
  },
  database_in_use: {
    meaning: 'Another process uses this database or data folder already.',
    remedy: 'Stop the other process, or give this one a data folder or database of its own.',
  },
  database_login_failed: {
    meaning: 'The database server refused the user name or password.',
    remedy: 'Correct the user and password in DATABASE_URL.',
  },
  database_missing: {
    meaning: 'The database server has no database of that name.',
    remedy: 'Create it (CREATE DATABASE), or correct the name at the end of DATABASE_URL.',
  },
  database_newer: {
    meaning: 'The database was written by a newer version of this program.',
    remedy:
      'Start the version that wrote it, or a newer one, or restore a backup made before the update.',
  },
  database_not_empty: {
    meaning: 'Data was to be copied into a database that holds some already.',
    remedy: 'Choose an empty database.',
  },
  database_rights_missing: {
    meaning: 'The user of the database may not do what is needed there.',
    remedy: 'Let the user create a schema (GRANT CREATE ON DATABASE), or own the schema tidewatch.',
  },
  database_too_old: {
    meaning: 'The database server is older than PostgreSQL 13.',
    remedy:
      'Update it to PostgreSQL 13 or newer, or leave DATABASE_URL out and use the embedded database.',
  },
  database_unreachable: {
    meaning: 'The database server does not answer.',
    remedy: 'Check that it runs, and host and port in DATABASE_URL.',
  },
  decryption_failed: {
    meaning: 'A message of the server could not be decrypted, so the connection was dropped.',
    remedy: 'Connect again; if it happens again, somebody or something alters the traffic.',
  },
  directory_deleted: {
    meaning: 'The watched directory was deleted.',
    remedy: 'Watch the parent directory and start again when it is created anew.',
  },
  directory_not_empty: {
    meaning: 'The directory still has entries.',
    remedy: 'Remove its entries first.',
  },
  disconnected: {
    meaning: 'The connection or the session ended before the answer came.',
    remedy: 'Connect again and list what may have changed meanwhile.',
  },
  disk_full: {
    meaning: 'The server has no room left, or the quota of the account is used up.',
    remedy: 'Free room on the server.',
  },
  downgrade_detected: {
    meaning: 'What the server negotiated differs from what it confirms under signature.',
    remedy:
      'Do not trust this network path: something between client and server alters the traffic.',
  },
  dump_damaged: {
    meaning: 'A dump of the database is incomplete, was altered, or comes from a newer version.',
    remedy: 'Take another copy of it, or a newer version of this program.',
  },
  encryption_required: {
    meaning: 'Encryption is demanded by one side and impossible for the other.',
    remedy: 'Enable SMB 3 encryption on the server, or stop requiring it.',
  },
  forbidden: {
    meaning: 'The account that asks may not do this.',
    remedy: 'Ask an administrator, or sign in as one.',
  },
  guest_refused: {
    meaning:
      'The server turned the logon into a guest session, which can neither sign nor encrypt.',
    remedy: 'Correct the user name or password, or allow guest access explicitly.',
  },
  insufficient_resources: {
    meaning: 'The server has no room for another open file, pending watch or request.',
    remedy: 'Watch fewer directories on one connection, or raise the limit of the server.',
  },
  internal_error: {
    meaning: 'A mistake of this program; its log tells more.',
    remedy: 'Report it with the lines that the log has of that time.',
  },
  invalid_argument: {
    meaning: 'An option or argument has a value that cannot work.',
    remedy: 'Correct the value named in the message.',
  },
  invalid_path: {
    meaning: 'The path holds a name that cannot exist there, or is too long.',
    remedy: 'Remove the character or segment named in the message, or shorten the path.',
  },
  io_error: {
    meaning: 'The server answered with a status that has no code of its own.',
    remedy: 'Look up the status named in the message.',
  },
  is_a_directory: {
    meaning: 'A file was asked for and a directory stands there.',
    remedy: 'Name the file, or use a directory operation.',
  },
  last_admin: {
    meaning: 'Nobody who may administer the server would be left.',
    remedy: 'Make another account an administrator first.',
  },
  limit_exceeded: {
    meaning: 'As many of these exist already as there may be.',
    remedy: 'Remove some that nobody needs any more.',
  },
  logon_failure: {
    meaning: 'The server rejected the user name or password.',
    remedy: 'Correct the credentials; repeated tries may lock the account.',
  },
  method_not_allowed: {
    meaning: 'The address exists but does not take this HTTP method.',
    remedy: 'Use one of the methods that the header Allow names.',
  },
  not_a_directory: {
    meaning: 'A directory was asked for and a file stands there.',
    remedy: 'Name the directory, or use a file operation.',
  },
  not_found: {
    meaning: 'There is nothing at that path.',
    remedy: 'Check the spelling of the path and that the account may see it.',
  },
  notify_unsupported: {
    meaning: 'The server or share does not offer change notifications.',
    remedy: 'Poll by listing, or enable change notify on the server.',
  },
  owns_things: {
    meaning: 'The account still owns things, such as saved connections.',
    remedy: 'Say which account gets them (`transfer_to`), or that they go as well (`purge`).',
  },
  passphrase_wrong: {
    meaning: 'The passphrase is not the one that the secret key was put into the backup under.',
    remedy:
      'Give the right one; without it restore with --without-key, and put the secret key of the old data folder in place.',
  },
  precondition_failed: {
    meaning: 'The object was changed since the version that `If-Match` names.',
    remedy: 'Fetch it again, look at what changed, and send the change with its new version.',
  },
  protocol_error: {
    meaning: 'The server sent something that the protocol does not allow.',
    remedy: 'Connect again; if it happens again, report the server and the message.',
  },
  secret_key_missing: {
    meaning:
      'The database holds encrypted secrets, and the key that they were encrypted with is not there.',
    remedy:
      'Bring the key back, in TIDEWATCH_SECRET_KEY or as the file secret-key of the data folder.',
  },
  secret_key_wrong: {
    meaning:
      'The secret key cannot be read, or is not the one that the secrets of the database were encrypted with.',
    remedy:
      'Bring the right key back, in TIDEWATCH_SECRET_KEY or as the file secret-key of the data folder.',
  },
  secret_required: {
    meaning: 'The change leads the stored secret to another server or account, which would get it.',
    remedy: 'Send the password or secret key again together with the change.',
  },
  secret_unreadable: {
    meaning: 'A stored secret was altered, or is not where it was stored.',
    remedy: 'Enter the secret again; find out who changes the database besides this program.',
  },
  session_expired: {
    meaning: 'The session expired and could not be renewed.',
    remedy: 'Log on again with fresh credentials.',
  },
  share_not_found: {
    meaning: 'The server has no share of that name.',
    remedy: 'Check the name of the share; smbclient -L lists what the server offers.',
  },
  sharing_violation: {
    meaning: 'Another program holds the file open in a way that excludes this access.',
    remedy: 'Try again when the other program has closed it.',
  },
  signature_invalid: {
    meaning:
      'A message of the server had a wrong or missing signature, so the connection was dropped.',
    remedy: 'Connect again; if it happens again, somebody or something alters the traffic.',
  },
  signing_required: {
    meaning: 'Signing is demanded by one side and impossible for the other.',
    remedy: 'Use a named account (guest and anonymous sessions cannot sign), or stop requiring it.',
  },
  snapshot_corrupt: {
    meaning: 'A saved directory cache is damaged; it was set aside and is not used.',
    remedy: 'Nothing to mend: the cache is built anew. If it happens again, check the disk.',
  },
  snapshot_foreign: {
    meaning:
      'A saved directory cache belongs to another place, account or version; it was set aside.',
    remedy: 'Nothing to mend: the cache is built anew.',
  },
  timeout: {
    meaning: 'No answer came in time.',
    remedy: 'Check the load of the server and the network, or allow more time.',
  },
  too_large: {
    meaning: 'The request has a longer body than the server takes.',
    remedy: 'Send less at once.',
  },
  too_many_attempts: {
    meaning: 'Too many logins failed, for this account or from this address.',
    remedy: 'Wait as long as the answer says (Retry-After), then try again.',
  },
  unauthenticated: {
    meaning: 'The request has no token or ticket, or one that does not count (any more).',
    remedy: 'Send `Authorization: Bearer TOKEN` with a valid token, or a fresh ticket.',
  },
  unavailable: {
    meaning: 'It cannot be done now: the server starts, stops or has lost what it needs.',
    remedy: 'Try again after a while.',
  },
  unreachable: {
    meaning: 'No connection to the server could be made.',
    remedy: 'Check host name, port, firewall and that the server runs.',
  },
  unsupported: {
    meaning: 'The server, or the way it is set up, lacks something that is needed.',
    remedy: 'The message names what is missing; use another server, share or location.',
  },
  unsupported_media_type: {
    meaning: 'The body of the request is not JSON in UTF-8, or is compressed.',
    remedy: 'Send JSON, with the header `Content-Type: application/json`.',
  },
  watch_ended: {
    meaning: 'The server ended the watch because its handle, tree or session went away.',
    remedy: 'Open the directory again, list it and watch again.',
  },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
