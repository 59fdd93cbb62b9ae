import { OneTimeTask } from '../../src/db/entities/index.ts';
import { openDatabase } from '../../src/db/open-database.ts';

/*
 * Writes rows until it is killed: node writing-process.ts DATA_DIR FIRST_NUMBER. Prints the number of
 * the last row of each transaction when that is committed.
 */
const nothing = (): void => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const database = await openDatabase({ dataDir: process.argv[2] ?? '', logger });
for (let number = Number(process.argv[3]); ;) {
  const rows = 1 + (number % 4);
  await database.transaction(async (em) => {
    for (let row = 0; row < rows; row++) {
      const details = { padding: 'x'.repeat((number * 37) % 3000) };
      em.create(OneTimeTask, { name: `row ${number++}`, doneAt: new Date(), details });
    }
    await em.flush();
  });
  if (number % 50 === 0) await database.em().execute('checkpoint');
  process.stdout.write(`${number - 1}\n`);
}
