// A task's state from its changelog: how long it takes, beside a consumer that reads the same bytes and does nothing with them.
import { pino } from 'pino'
import { createKafkaClient } from '../connectors/kafka/client/client.ts'
import { applyTopics } from '../connectors/kafka/topic-apply.ts'
import { configSchema } from '../schemas/config.ts'
import { startBroker } from '../test/kit/broker/start-broker.ts'
import { runScript } from './child.ts'
import { median, rounded } from './eos/figures.ts'
import { codec, entryOf, job, ledger } from './restore/job.ts'
import type { Bench } from './run.ts'

const keys = Number(process.env['KEYS'] ?? 1_000_000)
const rounds = Number(process.env['ROUNDS'] ?? 3)
const prefix = 'restore.'

export const bench: Bench = {
  summary: 'A state of 1 M keys restored from a broker, against a bare consumer of the same bytes.',
  async run(log) {
    const broker = await startBroker({ javaArgs: ['-Xmx1g', '-Xms512m'] })
    try {
      const [bootstrap = ''] = broker.brokers
      log(`writing ${String(keys)} keys`)
      await load(bootstrap)
      const env = { BOOTSTRAP: bootstrap, PREFIX: prefix, TOPIC: `${prefix}${ledger.name}` }
      const restored: { seconds: number; rss_mb: number }[] = []
      const bare: { seconds: number; records: number; bytes: number }[] = []
      for (let round = 1; round <= rounds; round++) {
        const ours = runScript('restore/ours.ts', env)
        ours.process.stderr?.on('data', (data: Buffer) => {
          const said = /"percent":(\d+)/.exec(data.toString())
          if (said !== null) log(`round ${String(round)}: ${said[1]!} % restored`)
        })
        restored.push((await ours.result) as (typeof restored)[number])
        bare.push((await runScript('restore/bare.ts', env).result) as (typeof bare)[number])
        log(`round ${String(round)}: ${JSON.stringify([restored.at(-1), bare.at(-1)])}`)
      }
      const seconds = median(restored.map((one) => one.seconds))
      const bareSeconds = median(bare.map((one) => one.seconds))
      return {
        ratio_to_bare_consumer: rounded(seconds / bareSeconds),
        ...{ seconds: rounded(seconds), bare_seconds: rounded(bareSeconds), keys, rounds },
        bytes: bare[0]!.bytes,
        rss_mb: median(restored.map((one) => one.rss_mb)),
        spread_seconds: restored.map((one) => rounded(one.seconds)),
        rule: 'medians; restore: from the first request to a task that runs, fence, offsets and checkpoint included; bare: the same client reads the same records and only counts',
      }
    } finally {
      await broker.stop()
    }
  },
}

async function load(bootstrap: string): Promise<void> {
  const kafka = { brokers: [bootstrap], topic_prefix: prefix, account_partitions: 1 }
  const config = configSchema.parse({ kafka })
  const client = createKafkaClient({
    ...{ config: config.kafka, password: null, clientId: 'restore-load' },
    logger: pino({ level: 'silent' }),
  })
  await client.connect()
  await applyTopics({
    ...{ client, topology: job, config, openCodec: async () => codec, nowMs: Date.now },
  })
  const producer = await client.plainProducer()
  for (let i = 0; i < keys;) {
    const batches = producer.batches(`${prefix}${ledger.name}`, 0)
    for (const end = Math.min(keys, i + 10_000); i < end; i++) {
      const entry = entryOf(i)
      batches.add(Date.now(), entry.client_order_id ?? '', codec.encodeShared(ledger.name, entry))
    }
    await producer.send([batches])
  }
  await producer.dispose()
  await client.close()
}
