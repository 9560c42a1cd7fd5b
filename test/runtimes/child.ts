// A process of its own for tests that kill it: opens the log of its first argument, publishes trades one after the other,
// and says each number once the log has promised it.
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { exchangeTick } from '../../schemas/topics.ts'
import { testConfig } from '../kit/given.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import { sample, tradeOf } from './sample.ts'

const [path = ''] = process.argv.slice(2)
const runtime = openEmbeddedRuntime({
  topology: sample,
  config: testConfig({ log: { path, commit_interval_ms: 0 } }),
  wallMs: Date.now,
  logger: silentLogger,
})
runtime.start()
for (let n = (await runtime.read(exchangeTick)).length + 1; ; n++) {
  await runtime.publish(exchangeTick, tradeOf(`S${n % 5}USDT`, 1 + (n % 120), Date.now()))
  process.stdout.write(`${n}\n`)
}
