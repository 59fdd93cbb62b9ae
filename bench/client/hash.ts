import { imohashFromWindows, imohashWindows } from '../../src/imohash/index.ts';
import { IMAGES, imagePath } from '../support/data.ts';
import type { Workplace } from './main.ts';
import type { Results } from './protocol.ts';

/** Files in flight on each connection. */
const DEPTH = 8;

/** Open, three reads, close, each awaited before the next; `units` are files. */
export async function hashInTurn({ job, trees: [tree], mark }: Workplace): Promise<Results> {
  const { count = IMAGES.files } = job;
  mark('begin');
  for (let i = 0; i < count; i += 1) {
    const file = await tree!.open(imagePath(i));
    const contents: Buffer[] = [];
    for (const { offset, length } of imohashWindows(file.size)) {
      contents.push(await file.read(offset, length));
    }
    await file.close();
    imohashFromWindows(file.size, contents);
  }
  mark('end');
  return { units: count };
}

/** The same in one compound for each file, several in flight; sizes are known from a listing. */
export async function hash({ job, trees, mark }: Workplace): Promise<Results> {
  const { count = IMAGES.files } = job;
  const size = IMAGES.bytes;
  let next = 0;
  const work = async (index: number): Promise<void> => {
    const tree = trees[index % trees.length]!;
    while (next < count) {
      const path = imagePath(next);
      next += 1;
      const options = { expectedSize: size };
      const { ranges } = await tree.readRanges(path, imohashWindows(size), options);
      imohashFromWindows(size, ranges);
    }
  };
  mark('begin');
  await Promise.all(Array.from({ length: DEPTH * trees.length }, (_, index) => work(index)));
  mark('end');
  return { units: count };
}
