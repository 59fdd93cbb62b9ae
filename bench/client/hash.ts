import { imohashFromWindows, imohashWindows } from '../../src/imohash/index.ts';
import type { SmbTree } from '../../src/smb/index.ts';
import { IMAGES, imagePath } from '../support/data.ts';
import type { Workplace } from './main.ts';
import type { Results } from './protocol.ts';

/** Files in flight on each connection. */
const DEPTH = 8;
const WARM_UP_FILES = 300;

/** Open, three reads, close, each awaited before the next; `units` are files. */
export async function hashInTurn({ trees: [tree], mark }: Workplace): Promise<Results> {
  await eachInTurn(tree!, WARM_UP_FILES);
  mark('begin');
  await eachInTurn(tree!, IMAGES.files);
  mark('end');
  return { units: IMAGES.files };
}

/** The same in one compound for each file, several in flight; sizes are known from a listing. */
export async function hash({ trees, mark }: Workplace): Promise<Results> {
  await allInCompounds(trees, WARM_UP_FILES);
  mark('begin');
  await allInCompounds(trees, IMAGES.files);
  mark('end');
  return { units: IMAGES.files };
}

async function eachInTurn(tree: SmbTree, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const file = await tree.open(imagePath(i));
    const contents: Buffer[] = [];
    for (const { offset, length } of imohashWindows(file.size)) {
      contents.push(await file.read(offset, length));
    }
    await file.close();
    imohashFromWindows(file.size, contents);
  }
}

async function allInCompounds(trees: readonly SmbTree[], count: number): Promise<void> {
  const size = IMAGES.bytes;
  const windows = imohashWindows(size);
  let next = 0;
  const work = async (tree: SmbTree): Promise<void> => {
    while (next < count) {
      const path = imagePath(next);
      next += 1;
      const { ranges } = await tree.readRanges(path, windows, { expectedSize: size });
      imohashFromWindows(size, ranges);
    }
  };
  const workers = trees.flatMap((tree) => Array.from({ length: DEPTH }, () => work(tree)));
  await Promise.all(workers);
}
