import { SmbError } from '../smb-error.ts';
import { Dialect } from '../wire/negotiate.ts';
import { deriveKey } from './kdf.ts';
import { cipherKeySize } from './sealing.ts';

export interface SessionKeyInput {
  /** The dialect negotiated, one of `Dialect`. */
  readonly dialect: number;
  /** The cipher negotiated, one of `Cipher`; left out where the connection cannot encrypt. */
  readonly cipher?: number | undefined;
  /** The whole session key that the authentication gave. */
  readonly sessionKey: Buffer;
  /** The session's preauthentication hash, 64 bytes; needed for 3.1.1 and only there. */
  readonly preauthHash?: Buffer | undefined;
}

export interface SessionKeys {
  readonly signingKey: Buffer;
  /** Client to server. Undefined where the connection cannot encrypt. */
  readonly encryptionKey?: Buffer;
  /** Server to client. */
  readonly decryptionKey?: Buffer;
  readonly applicationKey: Buffer;
}

interface Purpose {
  readonly label: string;
  readonly context: string;
}

/** Labels and contexts of 3.0 and 3.0.2 (MS-SMB2 3.2.5.3.1), each with its trailing NUL. */
const SMB3: Readonly<Record<keyof SessionKeys, Purpose>> = {
  signingKey: { label: 'SMB2AESCMAC\0', context: 'SmbSign\0' },
  encryptionKey: { label: 'SMB2AESCCM\0', context: 'ServerIn \0' },
  decryptionKey: { label: 'SMB2AESCCM\0', context: 'ServerOut\0' },
  applicationKey: { label: 'SMB2APP\0', context: 'SmbRpc\0' },
};

/** Labels of 3.1.1, whose context is the preauthentication hash. */
const SMB311: Readonly<Record<keyof SessionKeys, string>> = {
  signingKey: 'SMBSigningKey\0',
  encryptionKey: 'SMBC2SCipherKey\0',
  decryptionKey: 'SMBS2CCipherKey\0',
  applicationKey: 'SMBAppKey\0',
};

const SESSION_KEY_SIZE = 16;

/**
 * The keys of a session from what the authentication gave (MS-SMB2 3.1.4.2, 3.2.5.3.1). Session.
 * SessionKey is the first 16 bytes, padded with zeros; only AES-256 uses the whole.
 */
export function deriveSessionKeys(input: SessionKeyInput): SessionKeys {
  const { dialect, cipher, sessionKey, preauthHash } = input;
  const short = Buffer.alloc(SESSION_KEY_SIZE);
  sessionKey.copy(short);
  if (dialect < Dialect.SMB300) return { signingKey: short, applicationKey: Buffer.from(short) };

  if (dialect === Dialect.SMB311 && preauthHash === undefined) {
    throw new SmbError('invalid_argument', 'SMB 3.1.1 keys need the preauthentication hash');
  }
  const derive = (name: keyof SessionKeys, key: Buffer, bits: 128 | 256): Buffer =>
    preauthHash !== undefined && dialect === Dialect.SMB311
      ? deriveKey(key, SMB311[name], preauthHash, bits)
      : deriveKey(key, SMB3[name].label, SMB3[name].context, bits);

  const keys = {
    signingKey: derive('signingKey', short, 128),
    applicationKey: derive('applicationKey', short, 128),
  };
  if (cipher === undefined) return keys;
  const wide = cipherKeySize(cipher) === 32;
  return {
    ...keys,
    encryptionKey: derive('encryptionKey', wide ? sessionKey : short, wide ? 256 : 128),
    decryptionKey: derive('decryptionKey', wide ? sessionKey : short, wide ? 256 : 128),
  };
}
