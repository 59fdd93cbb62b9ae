import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// A configuration file is the one place where a tool wants a default export.
export default defineConfig({
  test: {
    include: ['{src,test,bench,scripts}/**/*.test.ts'],
    // Most of the time goes into waiting for servers, so each core has room for two files.
    maxWorkers: 2 * availableParallelism(),
    testTimeout: 20_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
