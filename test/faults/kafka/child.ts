// A process of its own for tests that kill or stop it: some sub-topologies of the faulty topology on a broker, and the
// connector that answers commands if asked for. What it has to do comes as JSON in its first argument.
import { pino } from 'pino'
import { createKafkaClient } from '../../../connectors/kafka/client/client.ts'
import { openKafkaRuntime } from '../../../connectors/kafka/runtime.ts'
import type { KafkaRuntime } from '../../../connectors/kafka/runtime.ts'
import type { Step } from '../../../connectors/kafka/task-context.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import type { ConnectorLog } from '../../../connectors/runtime.ts'
import { orderCommand, orderReport } from '../../../schemas/topics.ts'
import type { OrderCommand } from '../../../schemas/types.gen.ts'
import { configSchema } from '../../../schemas/config.ts'
import type { Config } from '../../../schemas/config.ts'
import { answerTo, faulty, gatewayGroup } from './topology.ts'

export interface ChildTask {
  readonly kafka: Partial<Config['kafka']>
  readonly registryUrl: string
  readonly run: readonly string[]
  /** Whether it answers commands. */
  readonly connects: boolean
  /** Where it kills itself: at the n-th step of that kind. After SIGUSR2 it stops itself before its next commit. */
  readonly end: { readonly step: Step; readonly nth: number } | null
}

/** Interval of clock ticks: several a second, so that they meet everything else. */
const clockMs = 250

/** Pause of the connector when there are no commands. */
const idleMs = 10
const pollLimit = 200

// Lines are written at once, or a kill would take the last ones.
const logger = pino({ level: 'info' }, pino.destination({ dest: 1, sync: true }))
const task = JSON.parse(process.argv[2] ?? '') as ChildTask

function atStepOf({ end }: ChildTask): (step: Step) => void {
  let seen = 0
  let isStopping = false
  process.on('SIGUSR2', () => {
    isStopping = true
  })
  return (step) => {
    if (end !== null && step === end.step && ++seen === end.nth)
      process.kill(process.pid, 'SIGKILL')
    if (!isStopping || step !== 'COMMIT') return
    isStopping = false
    process.kill(process.pid, 'SIGSTOP')
  }
}

async function open(): Promise<{ runtime: KafkaRuntime; close: () => Promise<void> }> {
  const config = configSchema.parse({
    ...{ runtime: 'redpanda', kafka: task.kafka, clock_ms: clockMs },
    registry: { url: task.registryUrl, timeout_ms: 3_000 },
    watch: { observe_ms: 1_000 },
  })
  const clientId = `child-${process.pid}`
  const client = createKafkaClient({ config: config.kafka, password: null, logger, clientId })
  await client.connect()
  const { url, timeout_ms: timeoutMs } = config.registry
  const runtime = await openKafkaRuntime({
    ...{ topology: faulty, config, client, logger, wallMs: Date.now },
    registry: openSchemaRegistry({ url, username: '', password: null, timeoutMs }),
    ...{ run: task.run, connectors: task.connects, atStep: atStepOf(task) },
  })
  return {
    runtime,
    async close() {
      await runtime.close()
      await client.close()
    },
  }
}

/** Answers each command once: report, position and count go together, or not at all. */
async function answer(log: ConnectorLog, isClosing: () => boolean): Promise<void> {
  let count = Number((await log.notes(gatewayGroup)).get('count') ?? 0)
  while (!isClosing()) {
    const commands = await log.poll(gatewayGroup, orderCommand, pollLimit)
    if (commands.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, idleMs))
      continue
    }
    const next = new Map(commands.map(({ partition, offset }) => [partition, offset + 1]))
    await log.write({
      records: commands.map(({ value }) => ({
        topic: orderReport,
        value: answerTo(value as OrderCommand, ++count, log.nowMs()),
      })),
      consumed: {
        group: gatewayGroup,
        positions: [...next].map(([partition, nextOffset]) => ({
          topic: orderCommand,
          ...{ partition, nextOffset },
        })),
      },
      notes: { owner: gatewayGroup, entries: [['count', String(count)]] },
    })
  }
}

try {
  const { runtime, close } = await open()
  let isClosing = false
  runtime.start()
  const answered = task.connects ? answer(runtime, () => isClosing) : Promise.resolve()
  process.once('SIGTERM', () => {
    isClosing = true
    answered
      .then(close)
      .then(() => {
        logger.info('left')
        process.exit(0)
      })
      .catch(fail)
  })
  await Promise.all([runtime.stopped, answered])
} catch (error) {
  fail(error)
}

function fail(error: unknown): never {
  logger.fatal({ err: error }, 'the child failed')
  process.exit(1)
}
