import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Target } from '../../src/storage/target.ts';
import type { CephServer } from '../servers/ceph.ts';

/** Requests at once: one radosgw of the tests has so many threads. */
const AT_ONCE = 24;

/** A bucket of its own, and somebody else who works in it, on keys as they are. */
export class S3Bucket {
  readonly target: S3Target;
  readonly #client: S3Client;

  constructor(ceph: CephServer, bucket: string, user = 'alice') {
    const { accessKey = '', secretKey = '' } = ceph.users[user] ?? {};
    const { endpoint } = ceph;
    this.target = { type: 's3', bucket, endpoint, pathStyle: true, accessKey, secretKey };
    this.#client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        httpAgent: { maxSockets: AT_ONCE },
        socketAcquisitionWarningTimeout: 600_000,
      },
    });
  }

  get name(): string {
    return this.target.bucket;
  }

  async create(): Promise<this> {
    await this.#client.send(new CreateBucketCommand({ Bucket: this.name }));
    return this;
  }

  /** `acl`: who may read it besides. */
  async put(key: string, content: string | Uint8Array = '', acl?: 'public-read'): Promise<void> {
    const Body = Buffer.from(content);
    const names = { Bucket: this.name, Key: key };
    await this.#client.send(
      new PutObjectCommand({ ...names, Body, ContentLength: Body.length, ACL: acl }),
    );
  }

  async putAll(keys: readonly string[], content = ''): Promise<void> {
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => this.put(key, content)));
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  /** Every key that begins like this. */
  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.name,
          Prefix: prefix,
          ContinuationToken: token,
        }),
      );
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys;
  }

  async copy(from: string, to: string): Promise<void> {
    const source = `${this.name}/${encodeURIComponent(from)}`;
    await this.#client.send(
      new CopyObjectCommand({ Bucket: this.name, Key: to, CopySource: source }),
    );
  }

  /** Keys of uploads that were begun and neither completed nor given up. */
  async openUploads(): Promise<string[]> {
    const listing = new ListMultipartUploadsCommand({ Bucket: this.name });
    const { Uploads = [] } = await this.#client.send(listing);
    return Uploads.map(({ Key = '' }) => Key);
  }

  /** Somebody else gives them up. */
  async forgetUploads(): Promise<void> {
    const listing = new ListMultipartUploadsCommand({ Bucket: this.name });
    const { Uploads = [] } = await this.#client.send(listing);
    for (const { Key, UploadId } of Uploads) {
      const names = { Bucket: this.name, Key, UploadId };
      await this.#client.send(new AbortMultipartUploadCommand(names));
    }
  }

  close(): void {
    this.#client.destroy();
  }
}
