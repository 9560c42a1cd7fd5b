// What was observed of topics and processors, as the reality map takes it: from a live runtime or from the log of another process.
import type { TopicObserved, TopologyHeartbeat } from '../../schemas/types.gen.ts'

/** How far one group is behind; null is unknown. `partition` is null when partitions are summed. */
export interface LagSample {
  readonly group: string
  readonly partition: number | null
  readonly lag: number | null
  /** Next offset that the group will process. */
  readonly position: number | null
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
  const samples = new Map<string, Map<number, TopicSample>>()
  for (const seen of observed) {
    const { topic, group, at_ms } = seen
    const ofTopic = samples.get(topic) ?? new Map<number, TopicSample>()
    samples.set(topic, ofTopic)
    const sample = ofTopic.get(at_ms)
    const lags = [...(sample?.lags ?? []), ...(group === '' ? [] : [lagSampleOf(seen)])]
    // The topic's own record tells its ends; those of a group may be one partition's.
    const { first_offset, end_offset, last_record_at_ms } = group === '' ? seen : (sample ?? seen)
    ofTopic.set(at_ms, { at_ms, first_offset, end_offset, last_record_at_ms, lags })
  }
  return new Map(
    [...samples].map(([topic, ofTopic]) => [
      topic,
      [...ofTopic.values()].sort((a, b) => a.at_ms - b.at_ms),
    ]),
  )
}

function lagSampleOf(seen: TopicObserved): LagSample {
  const { group, partition, lag, lag_known, trimmed_unread, committed_offset, end_offset } = seen
  return {
    group,
    partition: partition === -1 ? null : partition,
    lag: lag_known ? lag : null,
    position: committed_offset ?? (lag === null ? null : end_offset - lag),
    trimmed_unread,
  }
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
