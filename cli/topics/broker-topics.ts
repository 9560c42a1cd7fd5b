// quantum topics plan | apply: shows how a broker's topics differ from what the topology needs, and repairs what it may.
import { applyTopics, reportTopics } from '../../connectors/kafka/topic-apply.ts'
import type { Applied, TopicReport } from '../../connectors/kafka/topic-apply.ts'
import { differenceText } from '../../connectors/kafka/topic-plan.ts'
import type { TopicAction, TopicDifference } from '../../connectors/kafka/topic-plan.ts'
import { storedTopics } from '../../connectors/kafka/topic-settings.ts'
import { openRegistryCodec } from '../../connectors/registry/registry-codec.ts'
import type { RegistryCodec } from '../../connectors/registry/registry-codec.ts'
import type { Config } from '../../schemas/config.ts'
import { trading } from '../../topologies/trading.ts'
import { createLogger } from '../logger.ts'
import { openBroker } from '../open-broker.ts'
import type { Broker } from '../open-broker.ts'
import { configOf } from '../open-log.ts'
import type { Invocation, Io } from '../verb.ts'
import { UserError, exit } from '../verb.ts'

/** Prints the differences, or with `apply` repairs what it may first. Exit code 1 when something is to be dealt with. */
export async function planOrApply(
  action: 'plan' | 'apply',
  invocation: Invocation,
): Promise<number> {
  const { values, io, json } = invocation
  const config = configOf(invocation)
  if (config.runtime !== 'redpanda')
    throw new UserError(
      `topics ${action}: expected the runtime redpanda, was ${config.runtime}, which makes its topics itself; add --runtime redpanda`,
    )
  const broker = await openBroker(config, io.env, createLogger('error'))
  try {
    if (action === 'plan') {
      const report = await reportTopics(broker.client, trading, config)
      const isWell = isInSync(report)
      tell(io, json, { in_sync: isWell, ...report }, planLines(report))
      return isWell ? exit.ok : exit.finding
    }
    const applied = await applyTopics({
      client: broker.client,
      openCodec: () => codecOf(broker, config),
      topology: trading,
      config,
      shorten: values['shorten'] === true,
      nowMs: io.now,
    })
    const { report, ...done } = applied
    const isWell = isInSync(report)
    tell(io, json, { in_sync: isWell, ...done, ...report }, applyLines(applied))
    return isWell ? exit.ok : exit.finding
  } finally {
    await broker.client.close()
  }
}

/** All schemas have to be there: a runtime would not start without them. */
const codecOf = ({ registry }: Broker, config: Config): Promise<RegistryCodec> =>
  openRegistryCodec({
    registry,
    topics: storedTopics(trading),
    prefix: config.kafka.topic_prefix,
    autoRegister: config.registry.auto_register,
  })

function tell(io: Io, json: boolean, data: object, lines: readonly string[]): void {
  if (json) io.out(JSON.stringify(data))
  else for (const line of lines) io.out(line)
}

/** What is kept longer than it has to be is no drift: nothing is lost by it. */
const isInSync = ({ differences, has_log_id }: TopicReport): boolean =>
  has_log_id && differences.every(({ action }) => action === 'keep')

const words: Record<TopicAction, string> = {
  create: 'create',
  set: 'set',
  keep: 'keep',
  'by-hand': 'by hand',
}

function lineOf(difference: TopicDifference): string {
  const { action, topic, expected } = difference
  const text = action === 'create' ? `${topic}: ${expected}` : differenceText(difference)
  const more =
    action === 'keep' ? '; kept longer than needed, --shorten would delete what is older' : ''
  return `${words[action].padEnd(8)} ${text}${more}`
}

function planLines(report: TopicReport): string[] {
  const { differences, undeclared, has_log_id } = report
  const count = (wanted: TopicAction): number =>
    differences.filter(({ action }) => action === wanted).length
  return [
    ...differences.map(lineOf),
    ...(has_log_id ? [] : ['create   the id of the log']),
    ...undeclaredLines(undeclared),
    isInSync(report)
      ? 'the topics are what the topology needs'
      : `${String(count('create'))} topics to create, ${String(count('set'))} settings to set, ${String(count('by-hand'))} differences to be dealt with by hand`,
  ]
}

function applyLines({ created, changed, log_id, report }: Applied): string[] {
  const left = report.differences
  return [
    ...created.map((topic) => `created  ${topic}`),
    ...changed.map((text) => `set      ${text}`),
    ...(log_id === null ? [] : [`log id   ${log_id}: topics were made, so ids start anew`]),
    ...left.map(lineOf),
    ...undeclaredLines(report.undeclared),
    isInSync(report) ? 'the topics are what the topology needs' : 'some differences are left',
  ]
}

const undeclaredLines = (undeclared: readonly string[]): string[] =>
  undeclared.map((topic) => `other    ${topic}: the topology does not declare it; it is left alone`)
