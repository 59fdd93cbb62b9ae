/** An entry of a directory, whatever kind of location it comes from. Times in ms since 1970. */
export interface ListedEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link';
  /** Bytes; 0 for directories. */
  readonly size: number;
  readonly modifiedAt: number;
  readonly createdAt?: number | undefined;
  readonly fileId?: bigint | undefined;
  /** Of a file on S3: which content it has. */
  readonly etag?: string | undefined;
}
