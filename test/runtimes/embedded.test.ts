// The embedded runtime keeps the runtime contract.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { virtualLogId } from '../../connectors/backtest/engine.ts'
import { openExisting } from '../../connectors/embedded/file.ts'
import { appendBytes } from '../../connectors/embedded/operator.ts'
import { openReader } from '../../connectors/embedded/reader.ts'
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { testConfig } from '../kit/given.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import type { Home } from './subject.ts'
import { runtimeContract } from './contract.ts'
import { sample, startMs } from './sample.ts'

runtimeContract('embedded', {
  promises: {
    durable: true,
    bytes: true,
    exclusive: true,
    readers: true,
    retention: true,
    partitions: true,
    deferred: true,
    guarded: true,
    observed: true,
  },
  createHome,
})

function createHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'quantum-runtime-'))
  const path = join(folder, 'log.sqlite')
  const open: { abandon(): void }[] = []
  return {
    async open(options = {}) {
      const { market, account } = options.partitions ?? { market: 1, account: 1 }
      const runtime = openEmbeddedRuntime({
        topology: sample,
        config: testConfig({
          log: { path, market_partitions: market, account_partitions: account },
        }),
        wallMs: options.wallMs ?? (() => startMs),
        logger: silentLogger,
        // The contract compares ids with those of the engine.
        logId: virtualLogId,
        ...(options.atStep === undefined ? {} : { atStep: options.atStep }),
      })
      open.push(runtime)
      return {
        ...runtime,
        crash: async () => {
          runtime.abandon()
        },
      }
    },
    async appendBytes(topic, key, bytes, schema) {
      const db = openExisting(path, 'write')
      if (schema !== undefined)
        db.prepare('INSERT INTO schemas VALUES(?, ?, ?)').run(topic.name, schema.id, schema.text)
      appendBytes(db, path, topic, key, bytes, startMs)
      db.close()
    },
    async readOutside(topic) {
      const reader = openReader(path)
      try {
        return await reader.read(topic)
      } finally {
        await reader.close()
      }
    },
    async dispose() {
      for (const runtime of open) runtime.abandon()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
