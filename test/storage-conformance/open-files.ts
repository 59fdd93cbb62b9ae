import { readdir, readlink } from 'node:fs/promises';

/** Files and directories below a directory that a process has open; 0 when it is gone. */
export async function openFilesBelow(directory: string, pid: number): Promise<number> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.allSettled(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`)));
  const below = `${directory}/`;
  return links.filter((one) => one.status === 'fulfilled' && one.value.startsWith(below)).length;
}
