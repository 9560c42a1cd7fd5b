// Runs the job until it is told to end: node bench/eos/ours.ts. Environment: BOOTSTRAP, PREFIX, PARTITIONS, COMMIT_MS.
import { pino } from 'pino'
import { createKafkaClient } from '../../connectors/kafka/client/client.ts'
import { openKafkaRuntime } from '../../connectors/kafka/runtime.ts'
import type { SchemaRegistry } from '../../connectors/registry/port.ts'
import { configSchema } from '../../schemas/config.ts'
import { job, rawCodec } from './job.ts'

const { BOOTSTRAP = '', PREFIX = '', PARTITIONS = '4', COMMIT_MS = '100' } = process.env

const config = configSchema.parse({
  runtime: 'redpanda',
  kafka: {
    brokers: [BOOTSTRAP],
    topic_prefix: PREFIX,
    market_partitions: Number(PARTITIONS),
    commit_interval_ms: Number(COMMIT_MS),
  },
})
const logger = pino({ level: 'warn' }, pino.destination(2))
const client = createKafkaClient({
  ...{ config: config.kafka, password: null, logger, clientId: 'eos-bench' },
})
await client.connect()
const runtime = await openKafkaRuntime({
  ...{ topology: job, config, client, logger, codec: rawCodec(), logId: 'bench' },
  ...{ run: ['market'], connectors: false, wallMs: Date.now },
  registry: { url: 'none', reach: async () => undefined } as unknown as SchemaRegistry,
})
runtime.start()
console.log('ready')
process.once('SIGTERM', () => {
  void runtime.close().then(() => client.close())
})
