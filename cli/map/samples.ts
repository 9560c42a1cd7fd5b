// What was observed of topics and processors, as the reality map takes it: from a live runtime or from the log of another process.
import type { TopicObserved, TopologyHeartbeat } from '../../schemas/types.gen.ts'

/** How far one group is behind; null is unknown. `partition` is null when partitions are summed. */
export interface LagSample {
  readonly group: string
  readonly partition: number | null
  readonly lag: number | null
  /** Records that were removed before the group read them. */
  readonly trimmed_unread: number
}

/** One topic at one time. */
export interface TopicSample {
  readonly at_ms: number
  readonly first_offset: number
  readonly end_offset: number
  readonly last_record_at_ms: number | null
  readonly lags: readonly LagSample[]
}

/** Samples by topic, oldest first, from topic.observed records of any order. */
export function samplesOf(observed: readonly TopicObserved[]): Map<string, TopicSample[]> {
  const byTopic = new Map<string, Map<number, TopicSample>>()
  for (const { topic, group, lag, trimmed_unread, declared: _, ...rest } of observed) {
    const samples = byTopic.get(topic) ?? new Map<number, TopicSample>()
    byTopic.set(topic, samples)
    const lags = samples.get(rest.at_ms)?.lags ?? []
    const more = group === '' ? [] : [{ group, partition: null, lag, trimmed_unread }]
    samples.set(rest.at_ms, { ...rest, lags: [...lags, ...more] })
  }
  return new Map(
    [...byTopic].map(([topic, samples]) => [
      topic,
      [...samples.values()].sort((a, b) => a.at_ms - b.at_ms),
    ]),
  )
}

/** The last heartbeat of each processor in each task. */
export function latestHeartbeats(heartbeats: readonly TopologyHeartbeat[]): TopologyHeartbeat[] {
  const latest = new Map<string, TopologyHeartbeat>()
  for (const beat of heartbeats) {
    const task = `${beat.processor}/${String(beat.partition)}`
    if ((latest.get(task)?.at_ms ?? -Infinity) <= beat.at_ms) latest.set(task, beat)
  }
  return [...latest.values()]
}
