// The reality map of a log, seen from outside: what topic.observed and topology.heartbeat say, and the log's own ends as
// the last sample.
import type { LogReader, PartitionEnds } from '../../connectors/log-reader.ts'
import { ownTopics } from '../../connectors/kafka/own-topics.ts'
import type { Lag } from '../../connectors/runtime.ts'
import type { Config } from '../../schemas/config.ts'
import { executionResult, topicObserved, topologyHeartbeat } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { ExecutionResult, TopicObserved, TopologyHeartbeat } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { realityMap } from './reality.ts'
import type { ExpectedConnector, MapRow } from './rows.ts'
import { latestHeartbeats, samplesOf } from './samples.ts'
import type { TopicSample } from './samples.ts'

const connectors: readonly ExpectedConnector[] = [
  { name: 'market-data', writes: ['exchange.tick', 'instrument.state'] },
  { name: 'order-gateway', writes: ['order.report', 'account.snapshot', 'funding.paid'] },
]

/** The map at `nowMs`. `windowMs` is how far back samples are taken; growth needs two of them. */
export async function mapOfLog(
  log: LogReader,
  config: Config,
  nowMs: number,
  windowMs: number,
): Promise<MapRow[]> {
  const observed = (await valuesOf<TopicObserved>(log, topicObserved)).filter(
    ({ topic }) => !ownNames.has(topic),
  )
  const heartbeats = await valuesOf<TopologyHeartbeat>(log, topologyHeartbeat)
  const observations = samplesOf(observed.filter((sample) => nowMs - sample.at_ms <= windowMs))
  addPresent(observations, await log.ends(), await log.lag(nowMs), nowMs)
  const latest = latestHeartbeats(heartbeats)
  return realityMap({
    topology: trading,
    config,
    observations,
    heartbeats: latest,
    connectors,
    notes: new Map([
      ['execution-gates', gateCounts(await valuesOf<ExecutionResult>(log, executionResult))],
    ]),
    startedAtMs: latest.length === 0 ? null : Math.min(...latest.map((beat) => beat.started_at_ms)),
    nowMs,
  })
}

async function valuesOf<T>(log: LogReader, topic: Topic): Promise<T[]> {
  const records = await log.read(topic, { newest: true, limit: 10_000 })
  return records.flatMap(({ value, fault }) =>
    fault === null && value !== null ? [value as T] : [],
  )
}

/** What a runtime keeps for itself is no part of the topology. */
const ownNames = new Set<string>(ownTopics.map((topic) => topic.name))

/** The log as it is now is the newest sample of each topic. */
function addPresent(
  observations: Map<string, TopicSample[]>,
  ends: readonly PartitionEnds[],
  lags: readonly Lag[],
  nowMs: number,
): void {
  const now = new Map<string, TopicSample>()
  for (const { topic, firstOffset, nextOffset, lastAtMs } of ends) {
    if (ownNames.has(topic)) continue
    const before = now.get(topic)
    now.set(topic, {
      at_ms: nowMs,
      first_offset: (before?.first_offset ?? 0) + firstOffset,
      end_offset: (before?.end_offset ?? 0) + nextOffset,
      last_record_at_ms: laterOf(before?.last_record_at_ms ?? null, lastAtMs),
      lags: lags
        .filter((lag) => lag.topic === topic)
        .map((lag) => ({
          group: lag.group,
          partition: lag.partition,
          lag: lag.known ? lag.lag : null,
          position: lag.committedOffset,
          trimmed_unread: lag.trimmedUnread,
        })),
    })
  }
  for (const [topic, sample] of now)
    observations.set(topic, [...(observations.get(topic) ?? []), sample])
}

const laterOf = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b)

/** Evidence for each gate: what it refused and why, and what passed. */
function gateCounts(results: readonly ExecutionResult[]): string {
  const counts = new Map<string, number>()
  for (const result of results) {
    const key = result.gate === 'NONE' ? result.status : `${result.gate} ${result.reason}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const parts = [...counts].sort().map(([key, n]) => `${key} ${String(n)}`)
  return parts.length === 0 ? 'no result yet' : `last results: ${parts.join(', ')}`
}

/** Verdicts that say something is wrong. */
export const isBad = (row: Pick<MapRow, 'verdict'>): boolean =>
  ['stale', 'lagging', 'data-loss', 'missing', 'undeclared'].includes(row.verdict)
