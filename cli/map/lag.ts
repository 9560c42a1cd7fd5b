// How far groups are behind on one topic. A lag names topic, group and partition; one larger than what is kept is loss.
import type { Topic } from '../../schemas/topic.ts'
import type { Finding, MapInput } from './rows.ts'
import type { LagSample, TopicSample } from './samples.ts'
import { count, duration } from './words.ts'

export interface LagFinding extends Finding {
  readonly group: string
}

/** What is wrong with the lags of a topic, as its last sample shows them. */
export function lagFindings(topic: Topic, input: MapInput): LagFinding[] {
  const samples = input.observations.get(topic.name) ?? []
  const last = samples.at(-1)
  return (last?.lags ?? []).flatMap((lag) => {
    const finding = lossOf(topic, last!, lag) ?? lateness(topic, samples, lag, input)
    return finding === null ? [] : { ...finding, group: lag.group }
  })
}

/** Records that nobody can read any more: another thing than being late. */
function lossOf(topic: Topic, last: TopicSample, lag: LagSample): Finding | null {
  const retained = last.end_offset - last.first_offset
  const lost = Math.max(lag.trimmed_unread, (lag.lag ?? 0) - retained)
  if (lost <= 0) return null
  return {
    verdict: 'data-loss',
    evidence: `${count(lost)} records were removed unread: ${inWords(topic, lag)}, ${count(retained)} kept`,
  }
}

function lateness(
  topic: Topic,
  samples: readonly TopicSample[],
  lag: LagSample,
  { config }: MapInput,
): Finding | null {
  const { max_lag, growth_window_ms } = config.watch
  const late = (why: string): Finding => ({
    verdict: 'lagging',
    evidence: `${inWords(topic, lag)}${why}`,
  })
  if (lag.lag === null) {
    const before = samples.length > 1 ? same(samples.at(-2)!, lag) : lag
    return before?.lag === null ? late('') : null
  }
  if (lag.lag > max_lag) return late(`, limit ${count(max_lag)}`)
  const [first, last] = [samples[0]!, samples.at(-1)!]
  const then = same(first, lag)
  const spanMs = last.at_ms - first.at_ms
  if (lag.lag === 0 || lag.position === null || spanMs < growth_window_ms) return null
  if (then?.position !== lag.position) return null
  return late(`, nothing read in ${duration(spanMs)}, was ${count(then.lag ?? 0)}`)
}

const same = (sample: TopicSample, of: LagSample): LagSample | undefined =>
  sample.lags.find((lag) => lag.group === of.group && lag.partition === of.partition)

function inWords(topic: Topic, { group, partition, lag }: LagSample): string {
  const place = partition === null ? 'all partitions' : `partition ${String(partition)}`
  return `lag ${lag === null ? 'unknown' : count(lag)} in ${topic.name}, group ${group}, ${place}`
}
