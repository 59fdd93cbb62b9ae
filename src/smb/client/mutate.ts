import { errorForStatus, Status } from '../status.ts';
import { Access, CreateOption, Disposition, FileAttribute } from '../wire/create.ts';
import {
  encodeBasicInfo,
  encodeDispositionInfo,
  encodeEndOfFileInfo,
  encodeRenameInfo,
  FileInfoClass,
} from '../wire/file-info.ts';
import { FILETIME_UNSET, msToFiletime } from '../wire/filetime.ts';
import { Command } from '../wire/header.ts';
import { InfoType } from '../wire/query-info.ts';
import { encodeSetInfoRequest } from '../wire/set-info.ts';
import { assertWhole } from './arguments.ts';
import type { TreeContext } from './contexts.ts';
import { withCompoundOpen } from './opens.ts';
import { toWirePath } from './path.ts';
import type { OutgoingRequest } from './request.ts';

/** Milliseconds since 1970; what is left out stays as it is. */
export interface FileTimes {
  readonly createdAt?: number;
  readonly accessedAt?: number;
  readonly modifiedAt?: number;
  readonly changedAt?: number;
}

/** Makes one directory; throws `already_exists`, and `not_found` when its parent is missing. */
export async function mkdir(tree: TreeContext, path: string): Promise<void> {
  const parameters = {
    access: Access.READ_ATTRIBUTES,
    options: CreateOption.DIRECTORY_FILE,
    disposition: Disposition.CREATE,
    attributes: FileAttribute.DIRECTORY,
  };
  await withCompoundOpen(tree, path, parameters, () => []);
}

/** Deletes; a directory has to be empty. It is gone when the last handle on it is closed. */
export async function remove(
  tree: TreeContext,
  path: string,
  kind: 'file' | 'directory',
): Promise<void> {
  const options =
    CreateOption.OPEN_REPARSE_POINT |
    (kind === 'file' ? CreateOption.NON_DIRECTORY_FILE : CreateOption.DIRECTORY_FILE);
  const info = encodeDispositionInfo({ deletePending: true });
  const access = Access.DELETE | Access.READ_ATTRIBUTES;
  await setInfo(tree, path, { access, options }, FileInfoClass.DISPOSITION, info);
}

/** Renames or moves a file or directory within the share. */
export async function rename(
  tree: TreeContext,
  from: string,
  to: string,
  { replace = false }: { replace?: boolean },
): Promise<void> {
  const info = encodeRenameInfo({ replaceIfExists: replace, name: toWirePath(to) });
  const parameters = {
    access: Access.DELETE | Access.READ_ATTRIBUTES,
    options: CreateOption.OPEN_REPARSE_POINT,
  };
  await setInfo(tree, from, parameters, FileInfoClass.RENAME, info);
}

export async function setTimes(tree: TreeContext, path: string, times: FileTimes): Promise<void> {
  // 0 means: leave it as it is (MS-FSCC 2.4.7).
  const filetime = (ms: number | undefined): bigint =>
    ms === undefined ? FILETIME_UNSET : msToFiletime(ms);
  const info = encodeBasicInfo({
    creationTime: filetime(times.createdAt),
    lastAccessTime: filetime(times.accessedAt),
    lastWriteTime: filetime(times.modifiedAt),
    changeTime: filetime(times.changedAt),
    attributes: 0,
  });
  const parameters = { access: Access.WRITE_ATTRIBUTES };
  await setInfo(tree, path, parameters, FileInfoClass.BASIC, info);
}

/** Cuts a file to `size` bytes, or lengthens it with zeros. */
export async function truncate(tree: TreeContext, path: string, size: number): Promise<void> {
  assertWhole('The size of a file', size);
  const info = encodeEndOfFileInfo({ endOfFile: size });
  const options = CreateOption.NON_DIRECTORY_FILE;
  const parameters = { access: Access.WRITE_DATA, options };
  await setInfo(tree, path, parameters, FileInfoClass.END_OF_FILE, info);
}

/** CREATE, SET_INFO, CLOSE in one round trip (MS-SMB2 2.2.39). */
async function setInfo(
  tree: TreeContext,
  path: string,
  parameters: { access: number; options?: number },
  infoClass: number,
  buffer: Buffer,
): Promise<void> {
  const requestOn = (fileId: Buffer): OutgoingRequest => ({
    command: Command.SET_INFO,
    payloadBytes: buffer.length,
    body: encodeSetInfoRequest({
      infoType: InfoType.FILE,
      infoClass,
      additionalInformation: 0,
      fileId,
      buffer,
    }),
  });
  const { answers } = await withCompoundOpen(tree, path, parameters, (fileId) => [
    requestOn(fileId),
  ]);
  const { status } = answers[0]!;
  if (status !== Status.SUCCESS) throw errorForStatus(status, 'SET_INFO', path);
}
