/** What the modules of one room may import, besides each other. */
export interface RoomRule {
  /** Rooms that may be imported, by their names in ROOMS. */
  readonly rooms: readonly string[];
  /** Modules of Node: all, none, or those listed. */
  readonly builtins: 'any' | readonly string[];
  /** npm packages: all that the package declares as needed at run time, or those listed. */
  readonly packages: 'any' | readonly string[];
}

const NOTHING = { rooms: [], builtins: [], packages: [] } as const satisfies RoomRule;
const BASE = ['errors', 'defaults.ts'] as const;
const ANY = { builtins: 'any', packages: 'any' } as const;
/** Bytes in, bytes out: no socket, no file, no timer. */
const PURE = { builtins: ['node:buffer', 'node:crypto'], packages: [] } as const;
const SMB_CORE = ['smb', 'errors'] as const;

/**
 * Who may import whom: rooms of `src/`, named by directory or file; a module belongs to the longest name
 * that fits. A name ending in `index.ts` is a door: who is allowed the door is not allowed the rest.
 * Rooms that do not exist yet stand here too, so that they are born with their rules.
 */
export const ROOMS: Readonly<Record<string, RoomRule>> = {
  errors: NOTHING,
  'defaults.ts': NOTHING,

  // The SMB client: no dependency at all, so that it also packs on its own.
  smb: { ...NOTHING, rooms: ['errors'] },
  'smb/wire': { ...PURE, rooms: SMB_CORE },
  'smb/crypto': { ...PURE, rooms: [...SMB_CORE, 'smb/wire'] },
  'smb/auth': { ...PURE, rooms: [...SMB_CORE, 'smb/wire', 'smb/crypto'] },
  'smb/net': { rooms: SMB_CORE, builtins: 'any', packages: [] },
  'smb/client': {
    rooms: [...SMB_CORE, 'smb/wire', 'smb/crypto', 'smb/auth', 'smb/net'],
    builtins: 'any',
    packages: [],
  },
  'smb/index.ts': {
    rooms: [...SMB_CORE, 'smb/wire', 'smb/crypto', 'smb/auth', 'smb/net', 'smb/client'],
    builtins: [],
    packages: [],
  },

  imohash: { rooms: ['errors'], builtins: 'any', packages: [] },
  'imohash/index.ts': { rooms: ['errors', 'imohash'], builtins: [], packages: [] },

  // Statecharts only: no I/O, no clock.
  machines: { rooms: BASE, builtins: [], packages: ['xstate'] },
  'directory-cache': { ...ANY, rooms: BASE },
  workers: { ...ANY, rooms: [...BASE, 'imohash/index.ts'] },
  storage: { ...ANY, rooms: [...BASE, 'smb/index.ts'] },
  actors: { ...ANY, rooms: [...BASE, 'machines', 'storage', 'directory-cache'] },
  db: { ...ANY, rooms: BASE },
  // Bytes in, sealed bytes out.
  secrets: { ...PURE, rooms: BASE },
  accounts: { ...ANY, rooms: [...BASE, 'db', 'secrets'] },
  queue: { ...ANY, rooms: [...BASE, 'db'] },
  mail: { ...ANY, rooms: [...BASE, 'db'] },
  ingest: {
    ...ANY,
    rooms: [
      ...BASE,
      ...['storage', 'db', 'queue', 'workers', 'mail', 'actors', 'imohash/index.ts'],
    ],
  },
  app: {
    ...ANY,
    rooms: [
      ...BASE,
      ...['smb/index.ts', 'imohash/index.ts', 'machines', 'actors', 'storage', 'directory-cache'],
      ...['ingest', 'workers', 'db', 'queue', 'mail', 'secrets', 'accounts'],
    ],
  },
  // The one place of `app` that puts the HTTP doors on: the assembly of the server.
  'app/server': {
    ...ANY,
    rooms: [...BASE, 'app', 'app/index.ts', 'http', 'db', 'secrets', 'accounts', 'directory-cache'],
  },
  'app/index.ts': {
    ...ANY,
    rooms: [...BASE, 'app', 'actors', 'machines', 'storage', 'directory-cache'],
  },
  http: { ...ANY, rooms: [...BASE, 'app/index.ts'] },
  cli: {
    ...ANY,
    rooms: [
      ...BASE,
      ...['app', 'app/server', 'app/index.ts', 'http', 'smb/index.ts', 'imohash/index.ts'],
    ],
  },
  // The library door; what it attaches to a host's own server comes from the server's assembly.
  'index.ts': { ...ANY, rooms: [...BASE, 'app', 'app/index.ts', 'app/server'] },
};
