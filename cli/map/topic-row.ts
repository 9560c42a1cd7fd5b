// One topic on the map. Growth is claimed from two samples only, and an age only from a record's own time.
import { freshLimitMs } from '../../schemas/topic.ts'
import type { Topic } from '../../schemas/topic.ts'
import { lagFindings } from './lag.ts'
import type { Finding, MapInput, MapRow } from './rows.ts'
import type { TopicSample } from './samples.ts'
import { count, duration, moment } from './words.ts'

export function topicRow(topic: Topic, input: MapInput): MapRow {
  const samples = input.observations.get(topic.name) ?? []
  const last = samples.at(-1)
  const written = last !== undefined && last.end_offset > 0
  const behind = lagFindings(topic, input)
  const { verdict, evidence } =
    behind.find((lag) => lag.verdict === 'data-loss') ??
    staleness(topic, samples, input) ??
    behind[0] ??
    (written ? movement(samples, input) : quiet)
  return {
    name: topic.name,
    kind: 'topic',
    expected: expectation(topic, input),
    observed: observation(samples),
    evidence,
    verdict,
  }
}

function expectation(topic: Topic, input: MapInput): string {
  const { fresh, source } = topic
  const writers = input.topology.processors.filter((p) => p.writes.includes(topic))
  const from = [...(source === null ? [] : [source]), ...writers.map((p) => p.name)].join(', ')
  const whom = from === '' ? '' : ` from ${from}`
  if (fresh === null) return topic.kind === 'event' ? `when there is reason${whom}` : `state${whom}`
  const limit = duration(freshLimitMs(fresh, input.config.bars.interval_ms))
  return fresh.of === undefined ? `every ${limit}${whom}` : `within ${limit} of ${fresh.of}${whom}`
}

function observation(samples: readonly TopicSample[]): string {
  const last = samples.at(-1)
  if (last === undefined) return 'not observed'
  if (last.end_offset === 0) return 'no record'
  const { spanMs, grown } = growthOf(samples)
  const window = spanMs > 0 ? `, ${count(grown)} in ${duration(spanMs)}` : ''
  return `${count(last.end_offset - last.first_offset)} kept${window}`
}

/** Records and time between the first and the last sample. */
function growthOf(samples: readonly TopicSample[]): { spanMs: number; grown: number } {
  const [first, last] = [samples.at(0), samples.at(-1)]
  if (first === undefined || last === undefined) return { spanMs: 0, grown: 0 }
  return { spanMs: last.at_ms - first.at_ms, grown: last.end_offset - first.end_offset }
}

function staleness(topic: Topic, samples: readonly TopicSample[], input: MapInput): Finding | null {
  if (topic.fresh === null) return null
  const { nowMs } = input
  const limitMs = freshLimitMs(topic.fresh, input.config.bars.interval_ms)
  const lastMs = samples.at(-1)?.last_record_at_ms ?? null
  const { of } = topic.fresh
  const since = of === undefined ? (lastMs ?? asked(topic, input)) : unanswered(of, lastMs, input)
  if (since === null || nowMs - since <= limitMs) return null
  const record = `last record ${moment(lastMs, nowMs)}, limit ${duration(limitMs)}`
  return {
    verdict: lastMs === null ? 'missing' : 'stale',
    evidence: of === undefined ? record : `${of} waits since ${moment(since, nowMs)}; ${record}`,
  }
}

/** Since when a topic that was never written should have been: from the start, once its writers have anything to read. */
function asked(topic: Topic, input: MapInput): number | null {
  const writers = input.topology.processors.filter((p) => p.writes.includes(topic))
  const inputs = writers.flatMap((p) => p.reads).filter((read) => read.kind !== 'clock')
  const fed = inputs.some((read) => input.observations.get(read.name)?.at(-1)?.last_record_at_ms)
  return topic.source !== null || fed ? input.startedAtMs : null
}

/** Time of the first known record of the input that is newer than the output's last one. */
function unanswered(of: string, lastMs: number | null, input: MapInput): number | null {
  for (const { last_record_at_ms: askedMs } of input.observations.get(of) ?? [])
    if (askedMs !== null && askedMs > (lastMs ?? -Infinity)) return askedMs
  return null
}

function movement(samples: readonly TopicSample[], input: MapInput): Finding {
  const last = samples.at(-1)!
  const { spanMs, grown } = growthOf(samples)
  const record = `last record ${moment(last.last_record_at_ms, input.nowMs)}`
  const offsets = `offsets ${count(last.first_offset)} to ${count(last.end_offset)}`
  if (spanMs === 0)
    return { verdict: 'ok', evidence: `${record}, ${offsets}; one sample says nothing of growth` }
  const rate = ((grown * 1_000) / spanMs).toFixed(1)
  return grown > 0
    ? { verdict: 'growing', evidence: `${rate} a second, ${record}, ${offsets}` }
    : { verdict: 'idle', evidence: `${record}, ${offsets}` }
}

/** Nothing that is declared says that there should be anything. */
const quiet: Finding = { verdict: 'idle', evidence: 'nothing was written to it yet' }
