import { createHmac, randomBytes } from 'node:crypto';
import { openLocalStorage } from '../storage/local/local-storage.ts';
import type { LocalTarget, S3Target, SmbTarget, Target } from '../storage/target.ts';
import { LocalPlace } from './local-place.ts';
import type { Place } from './place.ts';
import { S3Place } from './s3-place.ts';
import type { Services } from './services.ts';
import { SmbEndpoint } from './smb-endpoint.ts';
import type { Storage } from '../storage/storage.ts';
import { newTurns } from './turns.ts';

/**
 * Where directories are. Those who agree on server, account, secret and policy share connections; the
 * secret counts only as a keyed hash, so that no key tells it, and a wrong password beside a session
 * that lives does not get in by it.
 */
export class Places {
  readonly #services: Services;
  readonly #secret = randomBytes(32);
  readonly #endpoints = new Map<string, SmbEndpoint>();
  readonly #places = new Map<string, { place: Place; endpoint: SmbEndpoint | undefined }>();
  readonly #buckets = new Map<string, S3Place>();
  #count = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  get endpoints(): readonly SmbEndpoint[] {
    return [...this.#endpoints.values()];
  }

  /** The place of a target, shared with all who mean the same; `address` is the server's, if known. */
  find(target: Target, address: string | undefined): Place {
    switch (target.type) {
      case 'smb':
        return this.#smb(target, address);
      case 's3':
        return this.#s3(target);
      case 'local':
        return this.#local(target);
    }
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    for (const bucket of this.#buckets.values()) bucket.close();
    await Promise.all(this.endpoints.map((endpoint) => endpoint.close()));
  }

  #local(target: LocalTarget): Place {
    const { root } = target;
    const known = this.#places.get(root)?.place;
    if (known !== undefined) return known;
    const { clock, limits } = this.#services;
    const open = (): Promise<Storage> => openLocalStorage({ root, clock });
    const place = new LocalPlace(root, newTurns(limits), open);
    this.#places.set(root, { place, endpoint: undefined });
    return place;
  }

  #s3(target: S3Target): Place {
    const { accessKey, addresses, bucket, endpoint, pathStyle, region } = target;
    const { secretKey, sessionToken } = target;
    const policy = [addresses?.allowLoopback, addresses?.allowPrivate];
    const what = [bucket, endpoint, region, pathStyle, accessKey, policy];
    const account = this.#keyed(what, [secretKey, sessionToken]);
    const known = this.#buckets.get(account);
    if (known !== undefined) return known;
    this.#count += 1;
    const place = new S3Place({
      key: `s3://${accessKey ?? 'anonymous'}@${bucket}~${this.#count}`,
      target,
      services: this.#services,
      onIdle: () => {
        if (this.#buckets.get(account) === place) this.#buckets.delete(account);
      },
    });
    this.#buckets.set(account, place);
    return place;
  }

  #smb(target: SmbTarget, address: string | undefined): Place {
    const account = this.#accountKey(target, address);
    const key = `${account}/${target.share.toLowerCase()}`;
    const known = this.#places.get(key);
    if (known !== undefined && known.endpoint === this.#endpoints.get(account)) return known.place;
    const endpoint = this.#endpoint(account, target);
    const display = `smb://${target.host}:${target.port}/${target.share}`;
    const place = endpoint.place(target.share, `${endpoint.id}/${target.share}`, display);
    this.#places.set(key, { place, endpoint });
    return place;
  }

  #endpoint(account: string, target: SmbTarget): SmbEndpoint {
    const known = this.#endpoints.get(account);
    if (known !== undefined) return known;
    this.#count += 1;
    const { username = 'anonymous' } = target.logon;
    const id = `smb://${username}@${target.host}:${target.port}~${this.#count}`;
    const endpoint = new SmbEndpoint(id, target, this.#services, () => {
      if (this.#endpoints.get(account) !== endpoint) return;
      this.#endpoints.delete(account);
      for (const [key, { endpoint: of }] of this.#places)
        if (of === endpoint) this.#places.delete(key);
    });
    this.#endpoints.set(account, endpoint);
    return endpoint;
  }

  #accountKey(target: SmbTarget, address: string | undefined): string {
    const { host, port, logon, requireSigning, requireEncryption } = target;
    const { username, domain, password, anonymous, allowGuest } = logon;
    const { allowLoopback, allowPrivate } = target.addresses ?? {};
    // Who may connect to fewer addresses joins nobody who got further.
    const addresses = [target.addresses !== undefined, allowLoopback, allowPrivate];
    const policy = [anonymous, allowGuest, requireSigning, requireEncryption, addresses];
    const what = [
      address ?? host.toLowerCase(),
      port,
      username?.toLowerCase(),
      domain?.toLowerCase(),
      policy,
    ];
    return this.#keyed(what, password ?? null);
  }

  #keyed(what: readonly unknown[], secret: unknown): string {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify([what, secret]))
      .digest('base64url');
  }
}
