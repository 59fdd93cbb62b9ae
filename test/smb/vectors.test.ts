import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientAvPairs, decodeAvPairs, encodeAvPairs } from '../../src/smb/auth/av-pairs.ts';
import {
  clientBlob,
  hmacMd5,
  lmv2Response,
  messageMic,
  NtlmSignatures,
  ntHash,
  ntowfv2,
  ntProof,
  sealKey,
  signKey,
} from '../../src/smb/auth/ntlm-crypto.ts';
import type { NtlmDirection } from '../../src/smb/auth/ntlm-crypto.ts';
import {
  decodeAuthenticate,
  decodeChallenge,
  MIC_OFFSET,
  NtlmFlag,
} from '../../src/smb/auth/ntlm-messages.ts';
import { encodeMechTypeList } from '../../src/smb/auth/spnego-tokens.ts';
import { NTLM_OID } from '../../src/smb/auth/spnego.ts';
import { CcmAead, GcmAead } from '../../src/smb/crypto/aead.ts';
import { AesCmac } from '../../src/smb/crypto/cmac.ts';
import { deriveKey } from '../../src/smb/crypto/kdf.ts';
import { md4 } from '../../src/smb/crypto/md4.ts';
import { PreauthHash } from '../../src/smb/crypto/preauth.ts';
import { Rc4, rc4 } from '../../src/smb/crypto/rc4.ts';
import { openWith, sealWith } from '../../src/smb/crypto/sealing.ts';
import { deriveSessionKeys } from '../../src/smb/crypto/session-keys.ts';
import type { SessionKeys } from '../../src/smb/crypto/session-keys.ts';
import { createSigner, verifySignature } from '../../src/smb/crypto/signing.ts';
import type { SigningAlgorithmName } from '../../src/smb/crypto/signing.ts';
import { Command, decodeHeader, HeaderFlag, SIGNATURE_OFFSET } from '../../src/smb/wire/header.ts';
import { Cipher, Dialect } from '../../src/smb/wire/negotiate.ts';

interface Vector {
  readonly id: string;
  readonly inputs: Readonly<Record<string, string | number>>;
  readonly expected: string | Readonly<Record<string, string>>;
}

type Check = (vector: Vector) => void;

const FILE = new URL('../fixtures/smb-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly vectors: Vector[] };

const ALL_KEYS_FLAGS = NtlmFlag.KEY_128 | NtlmFlag.KEY_EXCHANGE;

function text({ inputs }: Vector, name: string): string {
  const value = inputs[name];
  if (value === undefined) throw new Error(`the vector has no input ${name}`);
  return String(value);
}

const hex = (vector: Vector, name: string): Buffer => Buffer.from(text(vector, name), 'hex');

function same(vector: Vector, actual: Buffer): void {
  expect(actual.toString('hex')).toBe(vector.expected);
}

function expectedFields({ expected }: Vector): Readonly<Record<string, string>> {
  if (typeof expected === 'string') throw new Error('the vector expects one value');
  return expected;
}

/** The message with its signature taken out, and the signature itself checked both ways. */
function checkSignature(vector: Vector, name: SigningAlgorithmName, key: Buffer): void {
  const message = hex(vector, 'message');
  const header = decodeHeader(message);
  const flags = {
    response: (header.flags & HeaderFlag.RESPONSE) !== 0,
    cancel: header.command === Command.CANCEL,
  };
  const bare = Buffer.from(message).fill(0, SIGNATURE_OFFSET, SIGNATURE_OFFSET + 16);
  const signer = createSigner(name, key);
  const signature = signer.sign([bare], header.messageId, flags);
  same(vector, signature);

  signature.copy(bare, SIGNATURE_OFFSET);
  const parts = [bare.subarray(0, 64), bare.subarray(64, 66), bare.subarray(66)];
  expect(verifySignature(signer, parts, header.messageId, flags)).toBe(true);
}

/** Both the bare KDF and, where the label names one of the session's keys, the whole derivation. */
function checkKdf(key: keyof SessionKeys, dialect: number, cipher?: number): Check {
  return (vector) => {
    const wide = 'fullSessionKey' in vector.inputs;
    const sessionKey = hex(vector, wide ? 'fullSessionKey' : 'sessionKey');
    const label = hex(vector, 'label');
    const context = hex(vector, 'context');
    same(vector, deriveKey(sessionKey, label, context, wide ? 256 : 128));
    const preauthHash = dialect === Dialect.SMB311 ? context : undefined;
    const keys = deriveSessionKeys({ dialect, cipher, sessionKey, preauthHash });
    same(vector, keys[key] ?? Buffer.alloc(0));
  };
}

const kdf300 = (key: keyof SessionKeys): Check =>
  checkKdf(key, Dialect.SMB302, Cipher.AES128_CCM);
const kdf311 = (key: keyof SessionKeys): Check =>
  checkKdf(key, Dialect.SMB311, Cipher.AES128_GCM);
const kdf256 = (key: keyof SessionKeys): Check =>
  checkKdf(key, Dialect.SMB311, Cipher.AES256_GCM);

const checkMd4: Check = (vector) => same(vector, md4(Buffer.from(text(vector, 'ascii'))));

const checkNtHash: Check = (vector) => same(vector, ntHash(text(vector, 'password')));

const checkNtowfv2: Check = (vector) =>
  same(vector, ntowfv2(text(vector, 'password'), text(vector, 'user'), text(vector, 'domain')));

const checkProof: Check = (vector) => {
  const key = hex(vector, 'responseKeyNT');
  same(vector, ntProof(key, hex(vector, 'serverChallenge'), hex(vector, 'temp')));
};

const checkBaseKey: Check = (vector) =>
  same(vector, hmacMd5(hex(vector, 'responseKeyNT'), hex(vector, 'ntProofStr')));

const checkSignKey =
  (direction: NtlmDirection): Check =>
  (vector) =>
    same(vector, signKey(hex(vector, 'exportedSessionKey'), direction));

const checkSealKey =
  (direction: NtlmDirection): Check =>
  (vector) =>
    same(vector, sealKey(hex(vector, 'exportedSessionKey'), direction, ALL_KEYS_FLAGS));

const checkPreauth: Check = (vector) => {
  const message = hex(vector, 'message');
  for (const parts of [[message], [message.subarray(0, 70), message.subarray(70)]]) {
    const hash = new PreauthHash(hex(vector, 'previous'));
    hash.update(parts);
    same(vector, hash.value);
  }
};

const checkCmac: Check = (vector) => {
  const message = hex(vector, 'message');
  const cmac = new AesCmac(hex(vector, 'key'));
  same(vector, cmac.mac([message]));
  for (let cut = 0; cut <= message.length; cut++) {
    same(vector, cmac.mac([message.subarray(0, cut), message.subarray(cut)]));
  }
};

const checkCmacSignature: Check = (vector) =>
  checkSignature(vector, 'aes-cmac', hex(vector, 'signingKey'));

const checkGmacSignature: Check = (vector) =>
  checkSignature(vector, 'aes-gmac', hex(vector, 'signingKey'));

const checkMechListMic =
  (direction: NtlmDirection): Check =>
  (vector) => {
    const list = encodeMechTypeList([NTLM_OID]);
    expect(list).toEqual(hex(vector, 'mechTypeList'));
    const key = hex(vector, 'exportedSessionKey');
    same(vector, new NtlmSignatures(key, direction, ALL_KEYS_FLAGS).next(list));
  };

const checkGcm =
  (name: 'aes-128-gcm' | 'aes-256-gcm'): Check =>
  (vector) => {
    const aead = new GcmAead(name, hex(vector, 'key'));
    const plain = hex(vector, 'plaintext');
    const halves = [plain.subarray(0, 5), plain.subarray(5)];
    const [nonce, associated] = [hex(vector, 'iv'), hex(vector, 'aad')];
    const { parts, tag } = aead.seal(nonce, associated, halves);
    same(vector, Buffer.concat([...parts, tag]));
    expect(Buffer.concat(aead.open(nonce, associated, parts, tag))).toEqual(plain);
  };

/** Whole frames: the transform header with its signature and the ciphertext. */
const checkSeal =
  (create: (key: Buffer) => GcmAead | CcmAead, nonceSize: number): Check =>
  (vector) => {
    const aead = create(hex(vector, 'key'));
    const plain = hex(vector, 'plaintext');
    const nonce = Buffer.alloc(16);
    hex(vector, 'nonce' in vector.inputs ? 'nonce' : 'transformHeaderNonce16').copy(nonce);
    // Printed in the order of a number here, little-endian in the header.
    const sessionId = BigInt(`0x${text(vector, 'sessionId')}`);
    const frame = sealWith(aead, nonce, nonceSize, sessionId, [
      plain.subarray(0, 64),
      plain.subarray(64),
    ]);
    same(vector, Buffer.concat(frame));
    expect(Buffer.concat(openWith(aead, nonceSize, frame))).toEqual(plain);
  };

const checkOpen =
  (create: (key: Buffer) => GcmAead | CcmAead, nonceSize: number): Check =>
  (vector) => {
    const aead = create(hex(vector, 'key'));
    const message = hex(vector, 'message');
    for (const cut of [0, 1, 51, 52, 53, message.length - 1]) {
      const frame = [message.subarray(0, cut), message.subarray(cut)];
      same(vector, Buffer.concat(openWith(aead, nonceSize, frame)));
    }
  };

const ccm = (key: Buffer): CcmAead => new CcmAead('aes-128-ccm', key);
const gcm = (key: Buffer): GcmAead => new GcmAead('aes-128-gcm', key);

const CHECKS: Readonly<Record<string, Check>> = {
  'md4-rfc1320-0': checkMd4,
  'md4-rfc1320-1': checkMd4,
  'md4-rfc1320-2': checkMd4,
  'md4-rfc1320-3': checkMd4,
  'md4-rfc1320-4': checkMd4,
  'md4-rfc1320-5': checkMd4,
  'md4-rfc1320-6': checkMd4,
  'rc4-key-plaintext': (vector) => same(vector, rc4(hex(vector, 'key'), hex(vector, 'data'))),
  'rc4-rfc6229-40bit': (vector) => {
    const stream = new Rc4(hex(vector, 'key'));
    const half = Number(text(vector, 'length')) / 2;
    same(
      vector,
      Buffer.concat([stream.update(Buffer.alloc(half)), stream.update(Buffer.alloc(half))]),
    );
  },
  'hmac-md5-rfc2202-1': (vector) =>
    same(vector, hmacMd5(hex(vector, 'key'), hex(vector, 'data'))),
  'nlmp-ntowfv1': checkNtHash,
  'nlmp-ntowfv2': checkNtowfv2,
  'nlmp-temp': (vector) => {
    const time = hex(vector, 'time').readBigUInt64LE();
    const pairs = decodeAvPairs(hex(vector, 'targetInfo'));
    same(vector, clientBlob(time, hex(vector, 'clientChallenge'), pairs));
  },
  'nlmp-ntproofstr': checkProof,
  'nlmp-sessionbasekey': checkBaseKey,
  'nlmp-lmv2': (vector) => {
    const challenge = hex(vector, 'serverChallenge');
    const key = hex(vector, 'responseKeyLM');
    same(vector, lmv2Response(key, challenge, hex(vector, 'clientChallenge')));
  },
  'nlmp-encrypted-session-key': (vector) =>
    same(vector, rc4(hex(vector, 'sessionBaseKey'), hex(vector, 'randomSessionKey'))),
  'nlmp-sealkey-c2s': checkSealKey('client-to-server'),
  'nlmp-signkey-c2s': checkSignKey('client-to-server'),
  'nlmp-seal-data': (vector) =>
    same(vector, rc4(hex(vector, 'sealKey'), hex(vector, 'plaintext'))),
  'nlmp-mac': (vector) => {
    // The checksum is encrypted with the key stream behind the message, which was sealed first.
    const checksum = hmacMd5(hex(vector, 'signKey'), Buffer.alloc(4), hex(vector, 'message'));
    const stream = new Rc4(hex(vector, 'sealKey'));
    stream.update(hex(vector, 'message'));
    const sealed = stream.update(checksum.subarray(0, 8));
    same(vector, Buffer.concat([Buffer.from([1, 0, 0, 0]), sealed, Buffer.alloc(4)]));
    // The first signature without a sealed message differs in the key stream only.
    const key = Buffer.alloc(16, 0x55);
    expect(signKey(key, 'client-to-server')).toEqual(hex(vector, 'signKey'));
    const first = new NtlmSignatures(key, 'client-to-server', ALL_KEYS_FLAGS);
    const unsealed = rc4(hex(vector, 'sealKey'), checksum.subarray(0, 8));
    expect(first.next(hex(vector, 'message')).subarray(4, 12)).toEqual(unsealed);
  },
  'nlmp-challenge-message': (vector) => {
    const fields = expectedFields(vector);
    const challenge = decodeChallenge(hex(vector, 'message'));
    expect(challenge.targetName).toBe(fields['targetName']);
    expect(challenge.serverChallenge.toString('hex')).toBe(fields['serverChallenge']);
    expect(challenge.flags.toString(16)).toBe(fields['flags']);
    expect(challenge.targetInfo.toString('hex')).toBe(fields['targetInfo']);
    expect(encodeAvPairs(decodeAvPairs(challenge.targetInfo))).toEqual(challenge.targetInfo);
  },
  'nlmp-authenticate-message': (vector) => {
    const fields = expectedFields(vector);
    const message = decodeAuthenticate(hex(vector, 'message'));
    expect(message.lmResponse.toString('hex')).toBe(fields['lm']);
    expect(message.ntResponse.toString('hex')).toBe(fields['nt']);
    expect(message.domain).toBe(fields['domain']);
    expect(message.user).toBe(fields['user']);
    expect(message.workstation).toBe(fields['workstation']);
    expect(message.encryptedSessionKey.toString('hex')).toBe(fields['encKey']);
    expect(message.mic).toBeUndefined();
  },
  'kdf300-SigningKey': kdf300('signingKey'),
  'kdf300-EncryptionKey': kdf300('encryptionKey'),
  'kdf300-DecryptionKey': kdf300('decryptionKey'),
  'kdf300-ApplicationKey': kdf300('applicationKey'),
  'kdf300-binding-SigningKey': kdf300('signingKey'),
  'preauth311-negotiate-request': checkPreauth,
  'preauth311-negotiate-response': checkPreauth,
  'preauth311-session-setup-request-1': checkPreauth,
  'preauth311-session-setup-response-1(MORE_PROCESSING)': checkPreauth,
  'preauth311-session-setup-request-2': checkPreauth,
  'kdf311-SigningKey': kdf311('signingKey'),
  'kdf311-EncryptionKey': kdf311('encryptionKey'),
  'kdf311-DecryptionKey': kdf311('decryptionKey'),
  'kdf311-ApplicationKey': kdf311('applicationKey'),
  'cmac311-final-session-setup-response': checkCmacSignature,
  'kdf311-binding-SigningKey': kdf311('signingKey'),
  'cmac311-binding-session-setup-request-1': checkCmacSignature,
  'cmac311-binding-final-response': checkCmacSignature,
  'ntlm311-nthash': checkNtHash,
  'ntlm311-ntowfv2': checkNtowfv2,
  'ntlm311-ntproofstr': checkProof,
  'ntlm311-sessionbasekey': checkBaseKey,
  'ntlm311-exportedsessionkey': (vector) =>
    same(vector, rc4(hex(vector, 'keyExchangeKey'), hex(vector, 'encryptedRandomSessionKey'))),
  'ntlm311-mic': (vector) => {
    const authenticate = hex(vector, 'authenticate');
    expect(decodeAuthenticate(authenticate).mic?.toString('hex')).toBe(vector.expected);
    const bare = Buffer.from(authenticate).fill(0, MIC_OFFSET, MIC_OFFSET + 16);
    const messages = [hex(vector, 'negotiate'), hex(vector, 'challenge'), bare];
    same(vector, messageMic(hex(vector, 'exportedSessionKey'), messages));
    // That client sent the server's pairs and the same additions as ours (and SINGLE_HOST).
    const sent = decodeAvPairs(decodeAuthenticate(authenticate).ntResponse.subarray(44));
    const server = decodeAvPairs(decodeChallenge(hex(vector, 'challenge')).targetInfo);
    const ours = clientAvPairs(server, 'cifs/SUT311');
    expect(ours).toEqual(sent.filter(({ id }) => id !== 8));
  },
  'ntlm311-sign-s2c': checkSignKey('server-to-client'),
  'ntlm311-sign-c2s': checkSignKey('client-to-server'),
  'ntlm311-seal-s2c': checkSealKey('server-to-client'),
  'ntlm311-seal-c2s': checkSealKey('client-to-server'),
  'spnego-mechlistmic-client': checkMechListMic('client-to-server'),
  'spnego-mechlistmic-server': checkMechListMic('server-to-client'),
  'kdf300enc-EncryptionKey': kdf300('encryptionKey'),
  'kdf300enc-DecryptionKey': kdf300('decryptionKey'),
  'ccm300-encrypt-write': checkSeal(ccm, 11),
  'ccm300-decrypt-response': checkOpen(ccm, 11),
  'kdf311enc-EncryptionKey': kdf311('encryptionKey'),
  'kdf311enc-DecryptionKey': kdf311('decryptionKey'),
  'gcm311-encrypt-write': checkSeal(gcm, 12),
  'gcm311-decrypt-response': checkOpen(gcm, 12),
  'cmac300-session-setup-response': (vector) => {
    const sessionKey = hex(vector, 'sessionKey');
    const { signingKey } = deriveSessionKeys({ dialect: Dialect.SMB300, sessionKey });
    checkSignature(vector, 'aes-cmac', signingKey);
  },
  'kdf311-smb-rs': kdf311('signingKey'),
  'cmac-rfc4493-subkeys': (vector) => {
    const { k1, k2 } = new AesCmac(hex(vector, 'key'));
    const fields = expectedFields(vector);
    expect(k1.toString('hex')).toBe(fields['K1']);
    expect(k2.toString('hex')).toBe(fields['K2']);
  },
  'cmac-rfc4493-len0': checkCmac,
  'cmac-rfc4493-len16': checkCmac,
  'cmac-rfc4493-len40': checkCmac,
  'cmac-rfc4493-len64': checkCmac,
  'ccm-nist-38c-ex1': (vector) => {
    const tagLength = Number(text(vector, 'tagLength'));
    const aead = new CcmAead('aes-128-ccm', hex(vector, 'key'), tagLength);
    const [nonce, associated] = [hex(vector, 'nonce'), hex(vector, 'aad')];
    const { parts, tag } = aead.seal(nonce, associated, [hex(vector, 'plaintext')]);
    same(vector, Buffer.concat([...parts, tag]));
    const plain = aead.open(nonce, associated, parts, tag);
    expect(plain).toEqual([hex(vector, 'plaintext')]);
  },
  'gcm-spec-case2': checkGcm('aes-128-gcm'),
  'gcm-spec-case4': checkGcm('aes-128-gcm'),
  'gcm-spec-case16': checkGcm('aes-256-gcm'),
  'hmac-sha256-rfc4231-1': (vector) => {
    const flags = { response: false, cancel: false };
    const signature = createSigner('hmac-sha256', hex(vector, 'key')).sign(
      [hex(vector, 'data')],
      0,
      flags,
    );
    expect(signature.toString('hex')).toBe(String(vector.expected).slice(0, 32));
  },
  'gmac311-echo-request-SELF': checkGmacSignature,
  'gmac311-cancel-request-SELF': checkGmacSignature,
  'gmac311-echo-response-SELF': checkGmacSignature,
  'kdf311-aes256-SMBC2SCipherKey-SELF': kdf256('encryptionKey'),
  'kdf311-aes256-SMBS2CCipherKey-SELF': kdf256('decryptionKey'),
};

describe('published test vectors', () => {
  it('each have a check, and each check has its vector', () => {
    expect(vectors).toHaveLength(78);
    expect(Object.keys(CHECKS).toSorted()).toEqual(vectors.map(({ id }) => id).toSorted());
  });

  for (const vector of vectors) {
    it(`${vector.id} is met`, () => {
      const check = CHECKS[vector.id];
      if (check === undefined) throw new Error('no check for this vector');
      expect.hasAssertions();
      check(vector);
    });
  }
});
