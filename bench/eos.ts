// Read, process, write, exactly once: ours beside Kafka Streams and Quix Streams, on one broker, in one run, interleaved. The
// peers' programs are not ours: BENCH_PEERS names their folder. Without one of them its ratio is null and a note says why.
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBroker } from '../test/kit/broker/start-broker.ts'
import { openTopics } from './eos/topics.ts'
import type { System } from './eos/systems.ts'
import { findSystems } from './eos/systems.ts'
import { runScript } from './child.ts'
import { median, rounded } from './eos/figures.ts'
import type { Bench } from './run.ts'

const records = Number(process.env['RECORDS'] ?? 1_500_000)
const rounds = Number(process.env['ROUNDS'] ?? 3)
const partitions = Number(process.env['PARTITIONS'] ?? 4)
const commitMs = Number(process.env['COMMIT_MS'] ?? 100)
const latencyCommitMs = Number(process.env['LATENCY_COMMIT_MS'] ?? 20)
const latencySeconds = Number(process.env['LATENCY_SECONDS'] ?? 8)
const rates = [2_000, 20_000]

/** The first seconds of a latency run warm the system up and do not count. */
const warmUpMs = 3_000

export const bench: Bench = {
  summary: 'Read-process-write exactly once on a broker, against Kafka Streams and Quix Streams.',
  async run(log) {
    const broker = await startBroker({ javaArgs: ['-Xmx1g', '-Xms512m'] })
    try {
      const [bootstrap = ''] = broker.brokers
      const topics = await openTopics(bootstrap, partitions)
      const { systems, notes } = await findSystems({ bootstrap, partitions, topics, log })
      // First, on a broker that has nothing else to do: what throughput leaves behind to be cleaned up costs everybody.
      const latencies: Record<string, unknown> = {}
      for (const perSecond of rates) {
        const ages = new Map<string, Ages[]>()
        for (let round = 1; round <= rounds; round++)
          for (const system of systems) {
            const figures = await latencyOf(bootstrap, topics, system, perSecond)
            ages.set(system.name, [...(ages.get(system.name) ?? []), figures])
            log(`${system.name} at ${String(perSecond)}/s: ${JSON.stringify(figures)}`)
          }
        const name = `${String(perSecond / 1_000)}k`
        for (const [system, figures] of ages) {
          const p50 = figures.map((one) => one.p50_ms)
          const p99 = figures.map((one) => one.p99_ms)
          if (system === 'ours') {
            latencies[`p50_ms_at_${name}`] = median(p50)
            latencies[`p99_ms_at_${name}`] = median(p99)
          }
          latencies[`${system}_at_${name}`] = { p50_ms: p50, p99_ms: p99 }
        }
      }
      log(`loading ${String(records)} records`)
      await topics.load(records)
      const rate = new Map<string, number[]>()
      for (let round = 1; round <= rounds; round++)
        for (const system of systems) {
          const perSecond = await system.throughput(records, commitMs)
          rate.set(system.name, [...(rate.get(system.name) ?? []), perSecond])
          log(`round ${String(round)} of ${String(rounds)}: ${system.name} ${String(perSecond)}/s`)
        }
      await topics.close()
      const medians = new Map([...rate].map(([name, values]) => [name, median(values)]))
      const ours = medians.get('ours')!
      const ratioTo = (name: string): number | null => {
        const other = medians.get(name)
        return other === undefined ? null : rounded(ours / other)
      }
      return {
        ratio_to_kafka_streams: ratioTo('kafka_streams'),
        ratio_to_quix: ratioTo('quix'),
        ...latencies,
        records_per_s: Object.fromEntries(rate),
        ...{ records, rounds, partitions, commit_ms: commitMs, latency_commit_ms: latencyCommitMs },
        ...{ cores: cpus().length, load: loadavg().map((value) => rounded(value)), notes },
        rule: 'medians of the rounds; rates between the first and the last record that a read_committed reader sees, ages from the time a record was due to the time that reader has it; every system exactly once, state with a changelog; ours keeps its state in memory and restores it, Kafka Streams and Quix keep theirs in RocksDB',
      }
    } finally {
      await broker.stop()
    }
  },
}

interface Ages {
  readonly p50_ms: number
  readonly p99_ms: number
  readonly records: number
}

async function latencyOf(
  bootstrap: string,
  topics: Awaited<ReturnType<typeof openTopics>>,
  system: System,
  perSecond: number,
): Promise<Ages> {
  const count = perSecond * latencySeconds
  const input = await topics.freshInput()
  const running = await system.start(input, count, latencyCommitMs)
  try {
    const env = { BOOTSTRAP: bootstrap, PARTITIONS: String(partitions) }
    const reader = runScript('eos/reader.ts', {
      ...{ ...env, TOPIC: running.output, RECORDS: String(count), SKIP_MS: String(warmUpMs) },
      DEADLINE_S: String(latencySeconds * 3),
    })
    await sleep(1_000)
    await runScript('eos/pacer.ts', {
      ...{ ...env, TOPIC: input, RATE: String(perSecond), RECORDS: String(count) },
    }).result
    const figures = (await reader.result) as Ages
    return { p50_ms: figures.p50_ms, p99_ms: figures.p99_ms, records: figures.records }
  } finally {
    await running.stop()
  }
}
