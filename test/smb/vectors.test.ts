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
import type { Aead, GcmName } from '../../src/smb/crypto/aead.ts';
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
import file from '../fixtures/smb-vectors.json' with { type: 'json' };

interface Vector {
  readonly id: string;
  readonly inputs: Readonly<Record<string, string | number | undefined>>;
  readonly expected: string | Readonly<Record<string, string | undefined>>;
}

/** What a check computed: each buffer, or each field, must be what the vector expects. */
type Computed = readonly Buffer[] | Readonly<Record<string, string>>;
type Check = (vector: Vector) => Computed;

const vectors: readonly Vector[] = file.vectors;

const ALL_KEYS_FLAGS = NtlmFlag.KEY_128 | NtlmFlag.KEY_EXCHANGE;

function text({ inputs }: Vector, name: string): string {
  const value = inputs[name];
  if (value === undefined) throw new Error(`the vector has no input ${name}`);
  return String(value);
}

const hex = (vector: Vector, name: string): Buffer => Buffer.from(text(vector, name), 'hex');

const toHex = (bytes: Buffer): string => bytes.toString('hex');

/** The signature computed, which has to be accepted on the message cut anywhere. */
function signatureOf(vector: Vector, name: SigningAlgorithmName, key: Buffer): readonly Buffer[] {
  const message = hex(vector, 'message');
  const header = decodeHeader(message);
  const flags = {
    response: (header.flags & HeaderFlag.RESPONSE) !== 0,
    cancel: header.command === Command.CANCEL,
  };
  const bare = Buffer.from(message).fill(0, SIGNATURE_OFFSET, SIGNATURE_OFFSET + 16);
  const signer = createSigner(name, key);
  const signature = signer.sign([bare], header.messageId, flags);
  const signed = Buffer.from(bare);
  signature.copy(signed, SIGNATURE_OFFSET);
  const parts = [signed.subarray(0, 64), signed.subarray(64, 66), signed.subarray(66)];
  expect(verifySignature(signer, parts, header.messageId, flags)).toBe(true);
  return [
    signature,
    signer.sign([bare.subarray(0, 64), bare.subarray(64)], header.messageId, flags),
  ];
}

/** The bare derivation and that of the session's keys, which knows the labels itself. */
const kdf =
  (key: keyof SessionKeys, dialect: number, cipher: number): Check =>
  (vector) => {
    const wide = 'fullSessionKey' in vector.inputs;
    const sessionKey = hex(vector, wide ? 'fullSessionKey' : 'sessionKey');
    const context = hex(vector, 'context');
    const preauthHash = dialect === Dialect.SMB311 ? context : undefined;
    const keys = deriveSessionKeys({ dialect, cipher, sessionKey, preauthHash });
    return [
      deriveKey(sessionKey, hex(vector, 'label'), context, wide ? 256 : 128),
      keys[key] ?? Buffer.alloc(0),
    ];
  };

const kdf300 = (key: keyof SessionKeys): Check => kdf(key, Dialect.SMB302, Cipher.AES128_CCM);
const kdf311 = (key: keyof SessionKeys): Check => kdf(key, Dialect.SMB311, Cipher.AES128_GCM);
const kdf256 = (key: keyof SessionKeys): Check => kdf(key, Dialect.SMB311, Cipher.AES256_GCM);

const md4OfText: Check = (vector) => [md4(Buffer.from(text(vector, 'ascii')))];

const hashOfPassword: Check = (vector) => [ntHash(text(vector, 'password'))];

const keyOfPassword: Check = (vector) => [
  ntowfv2(text(vector, 'password'), text(vector, 'user'), text(vector, 'domain')),
];

const proof: Check = (vector) => [
  ntProof(hex(vector, 'responseKeyNT'), hex(vector, 'serverChallenge'), hex(vector, 'temp')),
];

const sessionBaseKey: Check = (vector) => [
  hmacMd5(hex(vector, 'responseKeyNT'), hex(vector, 'ntProofStr')),
];

const signKeyOf =
  (direction: NtlmDirection): Check =>
  (vector) => [signKey(hex(vector, 'exportedSessionKey'), direction)];

const sealKeyOf =
  (direction: NtlmDirection): Check =>
  (vector) => [sealKey(hex(vector, 'exportedSessionKey'), direction, ALL_KEYS_FLAGS)];

const rc4With =
  (key: string, data: string): Check =>
  (vector) => [rc4(hex(vector, key), hex(vector, data))];

const preauth: Check = (vector) => {
  const message = hex(vector, 'message');
  return [[message], [message.subarray(0, 70), message.subarray(70)]].map((parts) => {
    const hash = new PreauthHash(hex(vector, 'previous'));
    hash.update(parts);
    return hash.value;
  });
};

/** The code over the message cut at every place. */
const cmac: Check = (vector) => {
  const message = hex(vector, 'message');
  const mac = new AesCmac(hex(vector, 'key'));
  return Array.from({ length: message.length + 1 }, (_, cut) =>
    mac.mac([message.subarray(0, cut), message.subarray(cut)]),
  );
};

const signed =
  (name: SigningAlgorithmName): Check =>
  (vector) =>
    signatureOf(vector, name, hex(vector, 'signingKey'));

const mechListMic =
  (direction: NtlmDirection): Check =>
  (vector) => {
    const list = encodeMechTypeList([NTLM_OID]);
    expect(list).toEqual(hex(vector, 'mechTypeList'));
    const key = hex(vector, 'exportedSessionKey');
    return [new NtlmSignatures(key, direction, ALL_KEYS_FLAGS).next(list)];
  };

/** Ciphertext and tag, of the plaintext cut where the cipher streams; both opened again. */
function sealedAndOpened(vector: Vector, aead: Aead, nonce: Buffer, cut: number): Buffer[] {
  const plain = hex(vector, 'plaintext');
  const associated = hex(vector, 'aad');
  const { parts, tag } = aead.seal(nonce, associated, [
    plain.subarray(0, cut),
    plain.subarray(cut),
  ]);
  expect(Buffer.concat(aead.open(nonce, associated, parts, tag))).toEqual(plain);
  return [Buffer.concat([...parts, tag])];
}

const gcmOf =
  (name: GcmName): Check =>
  (vector) =>
    sealedAndOpened(vector, new GcmAead(name, hex(vector, 'key')), hex(vector, 'iv'), 5);

/** A whole frame: the transform header with its signature and the ciphertext. */
const frame =
  (create: (key: Buffer) => Aead, nonceSize: number, nonceInput: string): Check =>
  (vector) => {
    const aead = create(hex(vector, 'key'));
    const plain = hex(vector, 'plaintext');
    const nonce = Buffer.alloc(16);
    hex(vector, nonceInput).copy(nonce);
    // Printed in the order of a number here, little-endian in the header.
    const sessionId = BigInt(`0x${text(vector, 'sessionId')}`);
    const parts = [plain.subarray(0, 64), plain.subarray(64)];
    const sealed = sealWith(aead, nonce, nonceSize, sessionId, parts);
    expect(Buffer.concat(openWith(aead, nonceSize, sealed))).toEqual(plain);
    return [Buffer.concat(sealed)];
  };

/** The plaintext of a frame that arrived cut at awkward places. */
const opened =
  (create: (key: Buffer) => Aead, nonceSize: number): Check =>
  (vector) => {
    const aead = create(hex(vector, 'key'));
    const message = hex(vector, 'message');
    return [0, 1, 51, 52, 53, message.length - 1].map((cut) =>
      Buffer.concat(openWith(aead, nonceSize, [message.subarray(0, cut), message.subarray(cut)])),
    );
  };

const ccm = (key: Buffer): Aead => new CcmAead('aes-128-ccm', key);
const gcm = (key: Buffer): Aead => new GcmAead('aes-128-gcm', key);

const CHECKS: Readonly<Record<string, Check>> = {
  'md4-rfc1320-0': md4OfText,
  'md4-rfc1320-1': md4OfText,
  'md4-rfc1320-2': md4OfText,
  'md4-rfc1320-3': md4OfText,
  'md4-rfc1320-4': md4OfText,
  'md4-rfc1320-5': md4OfText,
  'md4-rfc1320-6': md4OfText,
  'rc4-key-plaintext': rc4With('key', 'data'),
  'rc4-rfc6229-40bit': (vector) => {
    const stream = new Rc4(hex(vector, 'key'));
    const half = Buffer.alloc(Number(text(vector, 'length')) / 2);
    return [Buffer.concat([stream.update(half), stream.update(half)])];
  },
  'hmac-md5-rfc2202-1': (vector) => [hmacMd5(hex(vector, 'key'), hex(vector, 'data'))],
  'nlmp-ntowfv1': hashOfPassword,
  'nlmp-ntowfv2': keyOfPassword,
  'nlmp-temp': (vector) => {
    const time = hex(vector, 'time').readBigUInt64LE();
    const pairs = decodeAvPairs(hex(vector, 'targetInfo'));
    return [clientBlob(time, hex(vector, 'clientChallenge'), pairs)];
  },
  'nlmp-ntproofstr': proof,
  'nlmp-sessionbasekey': sessionBaseKey,
  'nlmp-lmv2': (vector) => {
    const key = hex(vector, 'responseKeyLM');
    return [lmv2Response(key, hex(vector, 'serverChallenge'), hex(vector, 'clientChallenge'))];
  },
  'nlmp-encrypted-session-key': rc4With('sessionBaseKey', 'randomSessionKey'),
  'nlmp-sealkey-c2s': sealKeyOf('client-to-server'),
  'nlmp-signkey-c2s': signKeyOf('client-to-server'),
  'nlmp-seal-data': rc4With('sealKey', 'plaintext'),
  'nlmp-mac': (vector) => {
    const message = hex(vector, 'message');
    const checksum = hmacMd5(hex(vector, 'signKey'), Buffer.alloc(4), message).subarray(0, 8);
    // Without a sealed message before it the signature differs in the key stream only.
    const first = new NtlmSignatures(Buffer.alloc(16, 0x55), 'client-to-server', ALL_KEYS_FLAGS);
    const sealed = rc4(hex(vector, 'sealKey'), checksum);
    expect(first.next(message).subarray(4, 12)).toEqual(sealed);
    const stream = new Rc4(hex(vector, 'sealKey'));
    stream.update(message);
    return [Buffer.concat([Buffer.of(1, 0, 0, 0), stream.update(checksum), Buffer.alloc(4)])];
  },
  'nlmp-challenge-message': (vector) => {
    const challenge = decodeChallenge(hex(vector, 'message'));
    expect(encodeAvPairs(decodeAvPairs(challenge.targetInfo))).toEqual(challenge.targetInfo);
    return {
      targetName: challenge.targetName,
      serverChallenge: toHex(challenge.serverChallenge),
      flags: challenge.flags.toString(16),
      targetInfo: toHex(challenge.targetInfo),
    };
  },
  'nlmp-authenticate-message': (vector) => {
    const message = decodeAuthenticate(hex(vector, 'message'));
    expect(message.mic).toBeUndefined();
    return {
      lm: toHex(message.lmResponse),
      nt: toHex(message.ntResponse),
      domain: message.domain,
      user: message.user,
      workstation: message.workstation,
      encKey: toHex(message.encryptedSessionKey),
    };
  },
  'kdf300-SigningKey': kdf300('signingKey'),
  'kdf300-EncryptionKey': kdf300('encryptionKey'),
  'kdf300-DecryptionKey': kdf300('decryptionKey'),
  'kdf300-ApplicationKey': kdf300('applicationKey'),
  'kdf300-binding-SigningKey': kdf300('signingKey'),
  'preauth311-negotiate-request': preauth,
  'preauth311-negotiate-response': preauth,
  'preauth311-session-setup-request-1': preauth,
  'preauth311-session-setup-response-1(MORE_PROCESSING)': preauth,
  'preauth311-session-setup-request-2': preauth,
  'kdf311-SigningKey': kdf311('signingKey'),
  'kdf311-EncryptionKey': kdf311('encryptionKey'),
  'kdf311-DecryptionKey': kdf311('decryptionKey'),
  'kdf311-ApplicationKey': kdf311('applicationKey'),
  'cmac311-final-session-setup-response': signed('aes-cmac'),
  'kdf311-binding-SigningKey': kdf311('signingKey'),
  'cmac311-binding-session-setup-request-1': signed('aes-cmac'),
  'cmac311-binding-final-response': signed('aes-cmac'),
  'ntlm311-nthash': hashOfPassword,
  'ntlm311-ntowfv2': keyOfPassword,
  'ntlm311-ntproofstr': proof,
  'ntlm311-sessionbasekey': sessionBaseKey,
  'ntlm311-exportedsessionkey': rc4With('keyExchangeKey', 'encryptedRandomSessionKey'),
  'ntlm311-mic': (vector) => {
    const authenticate = hex(vector, 'authenticate');
    const { mic, ntResponse } = decodeAuthenticate(authenticate);
    const bare = Buffer.from(authenticate).fill(0, MIC_OFFSET, MIC_OFFSET + 16);
    const messages = [hex(vector, 'negotiate'), hex(vector, 'challenge'), bare];
    // That client sent the server's pairs and the same additions as ours, and SINGLE_HOST (8).
    const server = decodeAvPairs(decodeChallenge(hex(vector, 'challenge')).targetInfo);
    const sent = decodeAvPairs(ntResponse.subarray(44)).filter(({ id }) => id !== 8);
    expect(clientAvPairs(server, 'cifs/SUT311')).toEqual(sent);
    const computed = messageMic(hex(vector, 'exportedSessionKey'), messages);
    return [computed, mic ?? Buffer.alloc(0)];
  },
  'ntlm311-sign-s2c': signKeyOf('server-to-client'),
  'ntlm311-sign-c2s': signKeyOf('client-to-server'),
  'ntlm311-seal-s2c': sealKeyOf('server-to-client'),
  'ntlm311-seal-c2s': sealKeyOf('client-to-server'),
  'spnego-mechlistmic-client': mechListMic('client-to-server'),
  'spnego-mechlistmic-server': mechListMic('server-to-client'),
  'kdf300enc-EncryptionKey': kdf300('encryptionKey'),
  'kdf300enc-DecryptionKey': kdf300('decryptionKey'),
  'ccm300-encrypt-write': frame(ccm, 11, 'transformHeaderNonce16'),
  'ccm300-decrypt-response': opened(ccm, 11),
  'kdf311enc-EncryptionKey': kdf311('encryptionKey'),
  'kdf311enc-DecryptionKey': kdf311('decryptionKey'),
  'gcm311-encrypt-write': frame(gcm, 12, 'nonce'),
  'gcm311-decrypt-response': opened(gcm, 12),
  'cmac300-session-setup-response': (vector) => {
    const sessionKey = hex(vector, 'sessionKey');
    const { signingKey } = deriveSessionKeys({ dialect: Dialect.SMB300, sessionKey });
    return signatureOf(vector, 'aes-cmac', signingKey);
  },
  'kdf311-smb-rs': kdf311('signingKey'),
  'cmac-rfc4493-subkeys': (vector) => {
    const { k1, k2 } = new AesCmac(hex(vector, 'key'));
    return { K1: toHex(k1), K2: toHex(k2) };
  },
  'cmac-rfc4493-len0': cmac,
  'cmac-rfc4493-len16': cmac,
  'cmac-rfc4493-len40': cmac,
  'cmac-rfc4493-len64': cmac,
  'ccm-nist-38c-ex1': (vector) => {
    const tagLength = Number(text(vector, 'tagLength'));
    const aead = new CcmAead('aes-128-ccm', hex(vector, 'key'), tagLength);
    return sealedAndOpened(vector, aead, hex(vector, 'nonce'), 1);
  },
  'gcm-spec-case2': gcmOf('aes-128-gcm'),
  'gcm-spec-case4': gcmOf('aes-128-gcm'),
  'gcm-spec-case16': gcmOf('aes-256-gcm'),
  'hmac-sha256-rfc4231-1': (vector) => {
    // A signature is the first half of the code; the other half comes from the vector itself.
    const signer = createSigner('hmac-sha256', hex(vector, 'key'));
    const half = signer.sign([hex(vector, 'data')], 0, { response: false, cancel: false });
    const rest = Buffer.from(JSON.stringify(vector.expected).slice(33, 65), 'hex');
    return [Buffer.concat([half, rest])];
  },
  'gmac311-echo-request-SELF': signed('aes-gmac'),
  'gmac311-cancel-request-SELF': signed('aes-gmac'),
  'gmac311-echo-response-SELF': signed('aes-gmac'),
  'kdf311-aes256-SMBC2SCipherKey-SELF': kdf256('encryptionKey'),
  'kdf311-aes256-SMBS2CCipherKey-SELF': kdf256('decryptionKey'),
};

function computedBy(check: Check | undefined, vector: Vector): readonly unknown[] {
  if (check === undefined) throw new Error('no check for this vector');
  const computed = check(vector);
  return Array.isArray(computed) ? computed.map(toHex) : [computed];
}

describe('published test vectors', () => {
  it('each have a check, and each check has its vector', () => {
    expect(vectors).toHaveLength(78);
    expect(Object.keys(CHECKS).toSorted()).toEqual(vectors.map(({ id }) => id).toSorted());
  });

  it.for(vectors.map((vector) => [vector.id, vector] as const))('%s is met', ([id, vector]) => {
    const computed = computedBy(CHECKS[id], vector);
    expect(computed).not.toHaveLength(0);
    expect(computed).toEqual(computed.map(() => vector.expected));
  });
});
