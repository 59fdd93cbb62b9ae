import type { Detail, Recursion, ResumePoint } from '../app/index.ts';
import type { ClientMessage, RequestId } from './client-messages.ts';

const REQUEST_ID_CHARACTERS = 200;

type Fields = Readonly<Record<string, unknown>>;

/** A sentence on what is wrong with a message. */
class Complaint extends Error {
  override readonly name = 'Complaint';
}

/** Reads one message of a client (section 4 of the contract). Fields nobody knows are ignored. */
export function parseMessage(text: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { action: 'invalid', message: 'the message is no JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { action: 'invalid', message: 'the message is no JSON object' };
  }
  const fields = value as Fields;
  try {
    return readMessage(fields);
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    return { action: 'invalid', message: error.message, ...readable(fields) };
  }
}

function readMessage(fields: Fields): ClientMessage {
  const request = requestId(fields);
  const { action } = fields;
  switch (action) {
    case 'subscribe': {
      const resume = resumePoint(fields['resume']);
      return {
        action,
        ...address(fields),
        recursive: recursion(fields['recursive']),
        detail: detail(fields['detail']),
        ...(resume === undefined ? {} : { resume }),
        ...request,
      };
    }
    case 'unsubscribe':
    case 'refresh':
      return { action, ...address(fields), ...request };
    case 'ping':
      return { action, ...request };
    case 'authenticate': {
      const { token } = fields;
      if (typeof token !== 'string' || token === '') throw new Complaint('token is no text');
      return { action, token, ...request };
    }
    default:
      throw new Complaint(
        'action is none of subscribe, unsubscribe, refresh, ping and authenticate',
      );
  }
}

function address(fields: Fields): { connection_id: string; path: string } {
  const { connection_id: connection, path = '' } = fields;
  if (typeof connection !== 'string' || connection === '') {
    throw new Complaint('connection_id is missing or no text');
  }
  if (typeof path !== 'string') throw new Complaint('path is no text');
  return { connection_id: connection, path };
}

function requestId({ request_id: id }: Fields): { request_id?: RequestId } {
  if (id === undefined || id === null) return {};
  if (isRequestId(id)) return { request_id: id };
  throw new Complaint(
    `request_id is neither a number nor a text of at most ${REQUEST_ID_CHARACTERS} characters`,
  );
}

function isRequestId(id: unknown): id is RequestId {
  if (typeof id === 'string') return id.length <= REQUEST_ID_CHARACTERS;
  return Number.isFinite(id);
}

function recursion(value: unknown): Recursion {
  if (value === undefined || value === null) return 'tree';
  if (value === 'tree' || value === true || value === false) return value;
  throw new Complaint('recursive is none of "tree", true and false');
}

function detail(value: unknown): Detail {
  if (value === undefined || value === null) return 'refresh';
  if (value === 'refresh' || value === 'changes') return value;
  throw new Complaint('detail is neither "refresh" nor "changes"');
}

function resumePoint(value: unknown): ResumePoint | undefined {
  if (value === undefined || value === null) return undefined;
  const { epoch, seq } = value as Fields;
  if (typeof epoch === 'string' && Number.isSafeInteger(seq) && (seq as number) >= 0) {
    return { epoch, seq: seq as number };
  }
  throw new Complaint('resume is no {"epoch": text, "seq": number}');
}

function readable(fields: Fields): Partial<{
  connection_id: string;
  path: string;
  request_id: RequestId;
}> {
  const { connection_id: connection, path, request_id: id } = fields;
  return {
    ...(typeof connection === 'string' ? { connection_id: connection } : {}),
    ...(typeof path === 'string' ? { path } : {}),
    ...(isRequestId(id) ? { request_id: id } : {}),
  };
}
