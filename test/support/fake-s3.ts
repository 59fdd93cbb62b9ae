import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Target } from '../../src/storage/target.ts';

/** Answers one request; what it does not end stays unanswered. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A service that says what a test wants it to, for what no real one can be made to say. */
export class FakeS3 implements AsyncDisposable {
  readonly #server: Server;
  /** Method and path of each request, query included. */
  readonly requests: string[] = [];
  /** What the last request for an object asked for. */
  lastHeaders: IncomingMessage['headers'] = {};

  private constructor(answer: Answer) {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
      this.lastHeaders = request.headers;
      request.resume();
      answer(request, response);
    });
  }

  static async start(answer: Answer): Promise<FakeS3> {
    const fake = new FakeS3(answer);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get target(): S3Target {
    const { port } = this.#server.address() as AddressInfo;
    return {
      ...{ type: 's3', bucket: 'photos', endpoint: `http://127.0.0.1:${port}`, pathStyle: true },
      ...{ accessKey: 'KEY', secretKey: 'QZsecretQZ', sessionToken: 'QZtokenQZ' },
    };
  }

  /** Sockets that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) =>
        error === null ? resolve(count) : reject(error),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function sendXml(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
}

/** An error as S3 writes it, with everything in it that ours must not have. */
export function sendError(response: ServerResponse, status: number, code: string): void {
  const told = '<StringToSign>QZtokenQZ</StringToSign><Message>QZsecretQZ</Message>';
  sendXml(response, status, `<Error><Code>${code}</Code>${told}</Error>`);
}

export interface FakePage {
  readonly keys?: readonly string[];
  readonly prefixes?: readonly string[];
  readonly isTruncated?: boolean;
  readonly next?: string;
  /** Keys are written as they are given, encoded or not. */
  readonly isEncoded?: boolean;
}

export function sendPage(response: ServerResponse, page: FakePage): void {
  const { keys = [], prefixes = [], isTruncated = false, next, isEncoded = true } = page;
  const time = '<LastModified>2026-11-20T12:00:00.000Z</LastModified>';
  const parts = [
    '<Name>photos</Name><MaxKeys>1000</MaxKeys>',
    isEncoded ? '<EncodingType>url</EncodingType>' : '',
    `<IsTruncated>${isTruncated}</IsTruncated>`,
    next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`,
    ...keys.map(
      (key) => `<Contents><Key>${key}</Key>${time}<ETag>"e"</ETag><Size>1</Size></Contents>`,
    ),
    ...prefixes.map((prefix) => `<CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes>`),
  ];
  sendXml(response, 200, `<ListBucketResult>${parts.join('')}</ListBucketResult>`);
}
