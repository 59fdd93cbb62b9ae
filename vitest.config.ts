import { defineConfig } from 'vitest/config';

// A configuration file is the one place where a tool wants a default export.
export default defineConfig({
  test: {
    include: ['{src,test,bench,scripts}/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
