// The reality map of a log, seen from outside or from the process that owns it: what topic.observed and
// topology.heartbeat say, and the log's own heads as the last sample.
import type { Lag, ReadRange, StoredRecord } from '../../connectors/runtime.ts'
import type { Config } from '../../schemas/config.ts'
import { executionResult, topicObserved, topologyHeartbeat } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { ExecutionResult, TopicObserved, TopologyHeartbeat } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { realityMap } from './reality.ts'
import type { ExpectedConnector, MapRow } from './rows.ts'
import { latestHeartbeats, samplesOf } from './samples.ts'
import type { TopicSample } from './samples.ts'

/** What the map needs of a log. */
export interface MapSource {
  read(topic: Topic, range: ReadRange): readonly StoredRecord[] | Promise<readonly StoredRecord[]>
  heads(): readonly {
    topic: string
    firstOffset: number
    nextOffset: number
    lastAtMs: number | null
  }[]
  lag(): readonly Lag[] | Promise<readonly Lag[]>
}

const connectors: readonly ExpectedConnector[] = [
  { name: 'market-data', writes: ['exchange.tick', 'instrument.state'] },
  { name: 'order-gateway', writes: ['order.report', 'account.snapshot', 'funding.paid'] },
]

/** The map at `nowMs`. `windowMs` is how far back samples are taken; growth needs two of them. */
export async function mapOfLog(
  source: MapSource,
  config: Config,
  nowMs: number,
  windowMs: number,
): Promise<MapRow[]> {
  const observed = await valuesOf<TopicObserved>(source, topicObserved)
  const heartbeats = await valuesOf<TopologyHeartbeat>(source, topologyHeartbeat)
  const observations = samplesOf(observed.filter((sample) => nowMs - sample.at_ms <= windowMs))
  addPresent(observations, source, await source.lag(), nowMs)
  const latest = latestHeartbeats(heartbeats)
  return realityMap({
    topology: trading,
    config,
    observations,
    heartbeats: latest,
    connectors,
    notes: new Map([
      ['execution-gates', gateCounts(await valuesOf<ExecutionResult>(source, executionResult))],
    ]),
    startedAtMs: latest.length === 0 ? null : Math.min(...latest.map((beat) => beat.started_at_ms)),
    nowMs,
  })
}

async function valuesOf<T>(source: MapSource, topic: Topic): Promise<T[]> {
  const records = await source.read(topic, { newest: true, limit: 10_000 })
  return records.flatMap(({ value, fault }) =>
    fault === null && value !== null ? [value as T] : [],
  )
}

/** The log as it is now is the newest sample of each topic. */
function addPresent(
  observations: Map<string, TopicSample[]>,
  source: MapSource,
  lags: readonly Lag[],
  nowMs: number,
): void {
  const now = new Map<string, TopicSample>()
  for (const head of source.heads()) {
    const before = now.get(head.topic)
    now.set(head.topic, {
      at_ms: nowMs,
      first_offset: (before?.first_offset ?? 0) + head.firstOffset,
      end_offset: (before?.end_offset ?? 0) + head.nextOffset,
      last_record_at_ms: laterOf(before?.last_record_at_ms ?? null, head.lastAtMs),
      lags: lags
        .filter((lag) => lag.topic === head.topic)
        .map((lag) => ({
          group: lag.group,
          partition: lag.partition,
          lag: lag.lag,
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
