// How tests run: test/**/*.test.ts, on the pinned Node, without watch mode. Those that need a broker are a project of their
// own; only they are repeated once when they fail: a machine that stands still for seconds looks like a broker's fault.
import { defineConfig } from 'vitest/config'
import { tallyReporter } from './test/kit/reporter.ts'

const withBroker = 'test/**/*.kafka.test.ts'

export default defineConfig({
  test: {
    environment: 'node',
    watch: false,
    reporters: ['default', tallyReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [withBroker],
          pool: 'threads',
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'kafka',
          include: [withBroker],
          globalSetup: ['test/kit/broker/global-setup.ts'],
          // Processes: a file that hangs on a connection can be ended, and its sockets with it.
          pool: 'forks',
          // One file at a time: brokers, registries and the processes that tests start need the processors too.
          maxWorkers: 1,
          retry: 1,
          testTimeout: 180_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
