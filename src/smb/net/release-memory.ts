import { SMB_DEFAULTS } from '../defaults.ts';

/**
 * Frees the memory of bytes that nobody needs any more: at once, not at the next garbage collection.
 * Whoever looks at them afterwards sees no bytes, never wrong ones. Small buffers and those that share
 * their memory with others are left to the collector.
 *
 * A stream of a gigabyte else costs a fresh page from the kernel for each page read, which is more
 * than decrypting it.
 */
export function releaseMemory(bytes: Buffer): void {
  const { buffer } = bytes;
  const { frameOverheadBytes, slabBytes } = SMB_DEFAULTS;
  if (!(buffer instanceof ArrayBuffer) || bytes.length <= slabBytes) return;
  // A large frame has memory of its own: no other bytes in it than headers, prefix and padding.
  if (buffer.byteLength - bytes.length <= frameOverheadBytes) buffer.transfer(0);
}
