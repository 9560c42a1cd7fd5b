// Opens the runtime on a full changelog and says how long that took: from the first request to the task that runs.
// Environment: BOOTSTRAP, PREFIX. Progress goes to the error output.
import { pino } from 'pino'
import { createKafkaClient } from '../../connectors/kafka/client/client.ts'
import { openKafkaRuntime } from '../../connectors/kafka/runtime.ts'
import { noMetrics } from '../../connectors/metrics.ts'
import type { SchemaRegistry } from '../../connectors/registry/port.ts'
import { configSchema } from '../../schemas/config.ts'
import { codec, job } from './job.ts'

const { BOOTSTRAP = '', PREFIX = '' } = process.env
const kafka = { brokers: [BOOTSTRAP], topic_prefix: PREFIX, account_partitions: 1 }
const config = configSchema.parse({ runtime: 'redpanda', kafka })
const logger = pino({ level: 'info' }, pino.destination(2))
const client = createKafkaClient({
  ...{ config: config.kafka, password: null, clientId: 'restore-bench', logger },
})
await client.connect()
let mostRemaining = 0
const startedAt = performance.now()
const runtime = await openKafkaRuntime({
  ...{ topology: job, config, client, logger, codec, logId: 'bench' },
  ...{ run: ['account'], connectors: false, wallMs: Date.now },
  registry: { url: 'none', reach: async () => undefined } as unknown as SchemaRegistry,
  metrics: {
    ...noMetrics,
    restoring(_sub, _partition, _topic, remaining) {
      mostRemaining = Math.max(mostRemaining, remaining)
    },
  },
})
const seconds = (performance.now() - startedAt) / 1_000
console.log(JSON.stringify({ seconds, rss_mb: Math.round(process.memoryUsage().rss / 1e6) }))
await runtime.close()
await client.close()
