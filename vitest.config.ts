// How tests run: every test/**/*.test.ts, on the pinned Node, without retries and without watch mode.
import { defineConfig } from 'vitest/config'
import { tallyReporter } from './test/kit/reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    pool: 'threads',
    watch: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default', tallyReporter()],
  },
})
