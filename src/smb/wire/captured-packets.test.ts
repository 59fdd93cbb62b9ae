import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectSafeBitFlips, expectSafePrefixes } from '../../../test/support/codec-properties.ts';
import { decodeEmptyBody } from './empty-body.ts';
import { Command, decodeHeader, HeaderFlag, splitCompound } from './header.ts';
import { encodeMessage } from './message.ts';
import {
  decodeNegotiateRequest,
  decodeNegotiateResponse,
  encodeNegotiateRequest,
} from './negotiate.ts';
import {
  decodeSessionSetupRequest,
  decodeSessionSetupResponse,
  encodeSessionSetupResponse,
} from './session-setup.ts';
import { decodeTransformHeader } from './transform.ts';
import { decodeWriteRequest, decodeWriteResponse } from './write.ts';

interface Vector {
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
}

const file = new URL('../../../test/fixtures/smb-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

/** Every whole packet among the vectors, plain ones and encrypted ones. */
const packets = vectors.flatMap(({ id, inputs, expected }) =>
  [inputs['message'], inputs['plaintext'], expected]
    .filter((value): value is string => typeof value === 'string')
    .filter((value) => /^f[de]534d42/.test(value))
    .map((hex) => ({ id, bytes: Buffer.from(hex, 'hex') })),
);

function packet(id: string): Buffer {
  const found = packets.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no packet ${id}`);
  return found.bytes;
}

type Decoder = (message: Buffer) => unknown;

const DECODERS: ReadonlyMap<number, { request: Decoder; response: Decoder }> = new Map([
  [Command.NEGOTIATE, { request: decodeNegotiateRequest, response: decodeNegotiateResponse }],
  [
    Command.SESSION_SETUP,
    { request: decodeSessionSetupRequest, response: decodeSessionSetupResponse },
  ],
  [Command.WRITE, { request: decodeWriteRequest, response: decodeWriteResponse }],
  [Command.ECHO, { request: decodeEmptyBody, response: decodeEmptyBody }],
  [Command.CANCEL, { request: decodeEmptyBody, response: decodeEmptyBody }],
]);

/** Reads a packet as the client does: cut, header, body as the header says. */
function decodePacket(bytes: Buffer): unknown {
  if (bytes[0] === 0xfd) return decodeTransformHeader(bytes);
  return splitCompound(bytes).map((message) => {
    const { command, flags } = decodeHeader(message);
    const decoders = DECODERS.get(command);
    return (flags & HeaderFlag.RESPONSE) !== 0
      ? decoders?.response(message)
      : decoders?.request(message);
  });
}

describe('captured packets', () => {
  it('are a good number', () => {
    expect(packets.length).toBeGreaterThanOrEqual(20);
  });

  it('are understood', () => {
    for (const { id, bytes } of packets) expect(() => decodePacket(bytes), id).not.toThrow();
  });

  it('end every truncation in a value or a typed error', () => {
    for (const { bytes } of packets) expectSafePrefixes(decodePacket, bytes);
  });

  it('end every flipped bit in a value or a typed error', () => {
    for (const { bytes } of packets) expectSafeBitFlips(decodePacket, bytes);
  });

  it('hold the offer of a Windows client', () => {
    const request = decodeNegotiateRequest(packet('preauth311-negotiate-request'));
    expect(request.dialects).toEqual([0x0202, 0x0210, 0x0300, 0x0302, 0x0311]);
    expect(request.contexts.map(({ type }) => type)).toEqual(['preauth', 'encryption']);
  });

  it('hold the choice of a Windows server', () => {
    const response = decodeNegotiateResponse(packet('preauth311-negotiate-response'));
    expect(response.dialect).toBe(0x0311);
    expect(response.contexts).toHaveLength(2);
    expect(response.contexts[0]).toMatchObject({ type: 'preauth', hashAlgorithms: [1] });
    expect(response.maxReadSize).toBe(8_388_608);
    expect(response.securityBuffer.readUInt8(0)).toBe(0x60);
  });

  it('hold a token in each leg of the logon', () => {
    const first = decodeSessionSetupRequest(packet('preauth311-session-setup-request-1'));
    expect(first.securityBuffer.includes('NTLMSSP\0')).toBe(true);
    const last = decodeSessionSetupResponse(packet('cmac311-final-session-setup-response'));
    expect(last.securityBuffer).toHaveLength(29);
  });

  it('hold the bytes of a write that went out encrypted', () => {
    const request = decodeWriteRequest(packet('ccm300-encrypt-write'));
    expect(request.data).toHaveLength(request.length);
    expect(request.data.toString()).toContain('Smb3');
  });

  it('are written again byte for byte', () => {
    const offer = packet('preauth311-negotiate-request');
    const body = encodeNegotiateRequest(decodeNegotiateRequest(offer));
    expect(body).toEqual(offer.subarray(64));
    const answer = packet('cmac311-final-session-setup-response');
    const { command } = decodeHeader(answer);
    const again = encodeMessage(
      { command },
      encodeSessionSetupResponse(decodeSessionSetupResponse(answer)),
    );
    expect(again.subarray(64)).toEqual(answer.subarray(64));
  });
});
