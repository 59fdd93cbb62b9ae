import type { AddressPolicy } from './address-policy.ts';

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
  /** Of what users save: every address is held against it, right before it is connected to. */
  readonly addresses?: AddressPolicy | undefined;
}

/** A directory of this machine. */
export interface LocalTarget {
  readonly type: 'local';
  /** Absolute. Nothing outside of it is ever read. */
  readonly root: string;
}

/** A bucket of an S3 service. Without keys requests are not signed, which public buckets allow. */
export interface S3Target {
  readonly type: 's3';
  readonly bucket: string;
  /** `http://host[:port]` or `https://…`; when there is none, that of AWS for the region. */
  readonly endpoint?: string | undefined;
  /** Default `us-east-1`, which most services besides AWS take. */
  readonly region?: string | undefined;
  /** The bucket stands in the path instead of in the name of the host. */
  readonly pathStyle?: boolean | undefined;
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** As of an SMB server. */
  readonly addresses?: AddressPolicy | undefined;
}

/** Where directories can be watched. */
export type Target = SmbTarget | LocalTarget | S3Target;
