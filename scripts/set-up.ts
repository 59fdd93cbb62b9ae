import { ensureNeeds } from './set-up/ensure.ts';

// Only what the tests and the quick start need of the machine; npm has done the rest.
if (await ensureNeeds()) console.log('Everything the tests need is there.');
else process.exitCode = 1;
