import type { Detail, NumberedEvent } from '../app/index.ts';
import type { Address } from './address.ts';

/**
 * `directory_changed` in bytes. An event goes to every subscriber as the same object, so each way of
 * telling it is put together once and shared by all sockets, for as long as the event lives.
 */
export class ChangeFrames {
  readonly #frames = new WeakMap<NumberedEvent, Map<string, Buffer>>();

  frame(event: NumberedEvent, epoch: string, address: Address, detail: Detail): Buffer {
    let frames = this.#frames.get(event);
    if (frames === undefined) {
      frames = new Map();
      this.#frames.set(event, frames);
    }
    const key = `${detail} ${epoch} ${address.json}`;
    let frame = frames.get(key);
    if (frame === undefined) {
      frame = encodeChange(event, epoch, address, detail);
      frames.set(key, frame);
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
