import type { Detail, NumberedEvent } from '../app/index.ts';
import type { Address } from './address.ts';

/**
 * `directory_changed` in bytes. An event goes to all its subscribers as the same object and in one go, so
 * each way of telling it is put together once and shared by all sockets. Only the last event is kept:
 * earlier ones live on in replay rings, and their bytes would stay with them.
 */
export class ChangeFrames {
  readonly #frames = new Map<string, Buffer>();
  #event: NumberedEvent | undefined;

  frame(event: NumberedEvent, epoch: string, address: Address, detail: Detail): Buffer {
    if (event !== this.#event) {
      this.#frames.clear();
      this.#event = event;
    }
    const key = `${detail} ${epoch} ${address.json}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = encodeChange(event, epoch, address, detail);
      this.#frames.set(key, frame);
    }
    return frame;
  }
}

function encodeChange(
  event: NumberedEvent,
  epoch: string,
  address: Address,
  detail: Detail,
): Buffer {
  const reason = event.type === 'change' ? 'change' : event.reason;
  const told = { epoch, seq: event.seq, reason };
  const changes =
    event.type === 'change' && detail === 'changes' ? { ...told, changes: event.changes } : told;
  return addressedFrame('directory_changed', address, changes);
}

/** A message about a directory. */
export function addressedFrame(type: string, address: Address, fields: object): Buffer {
  const rest = JSON.stringify(fields).slice(1);
  const separator = rest === '}' ? '' : ',';
  return Buffer.from(`{"type":"${type}",${address.json}${separator}${rest}`);
}

/** Any other message. */
export function plainFrame(fields: { readonly type: string }): Buffer {
  return Buffer.from(JSON.stringify(fields));
}
