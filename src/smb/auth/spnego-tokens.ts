import { SmbError } from '../smb-error.ts';
import {
  BerTag,
  contextTag,
  decodeOid,
  encodeElement,
  encodeOid,
  readElements,
  readOnly,
} from './ber.ts';

/** NegTokenResp.negState (RFC 4178 4.2.2). */
export const NegState = {
  ACCEPT_COMPLETED: 0,
  ACCEPT_INCOMPLETE: 1,
  REJECT: 2,
  REQUEST_MIC: 3,
} as const;

const SPNEGO_OID = encodeElement(BerTag.OBJECT_ID, encodeOid('1.3.6.1.5.5.2'));

/** The first token of a side (RFC 4178 4.2.1); a server's hint has the same shape (MS-SPNG 2.2.1). */
export interface NegTokenInit {
  /** Mechanisms in dotted form, preferred first. */
  readonly mechTypes: readonly string[];
  /** The first token of the first mechanism. */
  readonly mechToken?: Buffer | undefined;
}

/** Every later token (RFC 4178 4.2.2). All parts are optional. */
export interface NegTokenResp {
  readonly negState?: number | undefined;
  readonly supportedMech?: string | undefined;
  readonly responseToken?: Buffer | undefined;
  readonly mechListMic?: Buffer | undefined;
}

/** The DER of the list of mechanisms: what a mechListMIC is computed over. */
export function encodeMechTypeList(mechTypes: readonly string[]): Buffer {
  const oids = mechTypes.map((oid) => encodeElement(BerTag.OBJECT_ID, encodeOid(oid)));
  return encodeElement(BerTag.SEQUENCE, ...oids);
}

export function encodeNegTokenInit(token: NegTokenInit): Buffer {
  const parts = [encodeElement(contextTag(0), encodeMechTypeList(token.mechTypes))];
  if (token.mechToken !== undefined) parts.push(octets(2, token.mechToken));
  const sequence = encodeElement(BerTag.SEQUENCE, ...parts);
  return encodeElement(BerTag.APPLICATION_0, SPNEGO_OID, encodeElement(contextTag(0), sequence));
}

/** Parts are views. Throws `protocol_error` for what is no NegTokenInit or NegTokenInit2. */
export function decodeNegTokenInit(token: Buffer): NegTokenInit {
  const inner = readOnly(token, BerTag.APPLICATION_0);
  if (!inner.subarray(0, SPNEGO_OID.length).equals(SPNEGO_OID)) {
    throw new SmbError('protocol_error', 'SPNEGO token: belongs to another mechanism');
  }
  const fields = readFields(readOnly(inner.subarray(SPNEGO_OID.length), contextTag(0)));
  const list = fields.get(0);
  const mechTypes = list === undefined ? [] : readElements(readOnly(list, BerTag.SEQUENCE));
  return {
    mechTypes: mechTypes.map(({ tag, content }) => {
      if (tag === BerTag.OBJECT_ID) return decodeOid(content);
      throw new SmbError('protocol_error', 'SPNEGO token: lists something that is no mechanism');
    }),
    mechToken: readOctets(fields.get(2)),
  };
}

export function encodeNegTokenResp(token: NegTokenResp): Buffer {
  const parts: Buffer[] = [];
  if (token.negState !== undefined) {
    const state = encodeElement(BerTag.ENUMERATED, Buffer.from([token.negState]));
    parts.push(encodeElement(contextTag(0), state));
  }
  if (token.supportedMech !== undefined) {
    const oid = encodeElement(BerTag.OBJECT_ID, encodeOid(token.supportedMech));
    parts.push(encodeElement(contextTag(1), oid));
  }
  if (token.responseToken !== undefined) parts.push(octets(2, token.responseToken));
  if (token.mechListMic !== undefined) parts.push(octets(3, token.mechListMic));
  return encodeElement(contextTag(1), encodeElement(BerTag.SEQUENCE, ...parts));
}

/** Parts are views. Throws `protocol_error` for what is no NegTokenResp. */
export function decodeNegTokenResp(token: Buffer): NegTokenResp {
  const fields = readFields(readOnly(token, contextTag(1)));
  const state = fields.get(0);
  const mechanism = fields.get(1);
  return {
    negState: state === undefined ? undefined : readState(readOnly(state, BerTag.ENUMERATED)),
    supportedMech:
      mechanism === undefined ? undefined : decodeOid(readOnly(mechanism, BerTag.OBJECT_ID)),
    responseToken: readOctets(fields.get(2)),
    mechListMic: readOctets(fields.get(3)),
  };
}

function octets(field: number, bytes: Buffer): Buffer {
  return encodeElement(contextTag(field), encodeElement(BerTag.OCTET_STRING, bytes));
}

function readOctets(field: Buffer | undefined): Buffer | undefined {
  return field === undefined ? undefined : readOnly(field, BerTag.OCTET_STRING);
}

function readState(content: Buffer): number {
  const state = content[0];
  if (content.length !== 1 || state === undefined || state > NegState.REQUEST_MIC) {
    throw new SmbError('protocol_error', 'SPNEGO token: is in a state that does not exist');
  }
  return state;
}

/** The fields [0], [1], ... of a SEQUENCE. */
function readFields(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (const { tag, content } of readElements(readOnly(bytes, BerTag.SEQUENCE))) {
    const field = tag & 0x1f;
    if (tag !== contextTag(field) || fields.has(field)) {
      throw new SmbError('protocol_error', `SPNEGO token: has an element ${tag} it must not have`);
    }
    fields.set(field, content);
  }
  return fields;
}
