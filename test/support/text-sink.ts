import { Writable } from 'node:stream';

/** A stream that keeps the text written to it. */
export class TextSink extends Writable {
  isTTY = false;
  #text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#text += chunk.toString();
    done();
  }

  /** What was written since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
