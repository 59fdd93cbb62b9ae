/** How to log on to an SMB server. */
export interface SmbLogon {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly domain?: string | undefined;
  /** Log on as nobody. */
  readonly anonymous?: boolean | undefined;
  /** Take a guest session where the server gives no other. */
  readonly allowGuest?: boolean | undefined;
}

/** A share of a server and how to use it. */
export interface SmbTarget {
  readonly type: 'smb';
  readonly host: string;
  readonly port: number;
  readonly share: string;
  readonly logon: SmbLogon;
  readonly requireSigning?: boolean | undefined;
  readonly requireEncryption?: boolean | undefined;
}

/** A directory of this machine. */
export interface LocalTarget {
  readonly type: 'local';
  /** Absolute. Nothing outside of it is ever read. */
  readonly root: string;
}

/** Where directories can be watched. */
export type Target = SmbTarget | LocalTarget;
