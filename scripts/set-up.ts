import { ensureNeeds } from './set-up/ensure.ts';
import { TEST_NEEDS } from './set-up/needs.ts';

// Only what the tests need of the machine; npm has done the rest.
if (await ensureNeeds(TEST_NEEDS)) console.log('Everything the tests need is there.');
else process.exitCode = 1;
