// Processors and sub-topologies on the map. Health is progress: a heartbeat that handles nothing is no health.
import type { TopologyHeartbeat } from '../../schemas/types.gen.ts'
import type { Processor } from '../../topologies/kernel/processor.ts'
import type { SubTopology } from '../../topologies/kernel/topology.ts'
import { lagFindings } from './lag.ts'
import type { MapInput, MapRow } from './rows.ts'
import { count, duration, moment } from './words.ts'

/** A heartbeat is missed after three intervals, or three clock ticks where those are longer. */
const heartbeatLimitMs = ({ config }: MapInput): number =>
  3 * Math.max(config.watch.heartbeat_ms, config.clock_ms)

export function processorRow(processor: Processor, input: MapInput): MapRow {
  const beats = input.heartbeats.filter((beat) => beat.processor === processor.name)
  const limitMs = heartbeatLimitMs(input)
  const row = {
    name: processor.name,
    kind: 'processor',
    expected: `heartbeat every ${duration(limitMs)}`,
  } as const
  if (beats.length === 0)
    return { ...row, observed: 'no heartbeat', evidence: 'none was ever seen', verdict: 'missing' }
  const oldestMs = Math.min(...beats.map((beat) => beat.at_ms))
  const observed = `${count(beats.length)} task${beats.length > 1 ? 's' : ''}, heartbeat ${duration(input.nowMs - oldestMs)} ago`
  const evidence = `${progress(beats, input.nowMs)}${note(processor.name, input)}`
  if (input.nowMs - oldestMs > limitMs)
    return {
      ...row,
      observed,
      evidence: `silent since ${moment(oldestMs, input.nowMs)}; ${evidence}`,
      verdict: 'stale',
    }
  const ignored = ignoredInput(processor, beats, input)
  if (ignored !== null)
    return { ...row, observed, evidence: `${ignored}; ${evidence}`, verdict: 'stale' }
  const worked = beats.some((beat) => beat.last_input_at_ms !== null)
  return { ...row, observed, evidence, verdict: worked ? 'alive' : 'idle' }
}

function progress(beats: readonly TopologyHeartbeat[], nowMs: number): string {
  const sum = (of: (beat: TopologyHeartbeat) => number): string =>
    count(beats.reduce((total, beat) => total + of(beat), 0))
  const input = moment(
    latest(beats, (beat) => beat.last_input_at_ms),
    nowMs,
  )
  const output = moment(
    latest(beats, (beat) => beat.last_output_at_ms),
    nowMs,
  )
  return `handled ${sum((b) => b.handled)}, emitted ${sum((b) => b.emitted)}, keys ${sum((b) => b.live_keys)}, last input ${input}, last output ${output}`
}

function note(name: string, input: MapInput): string {
  const text = input.notes?.get(name)
  return text === undefined ? '' : `; ${text}`
}

function latest(
  beats: readonly TopologyHeartbeat[],
  of: (beat: TopologyHeartbeat) => number | null,
): number | null {
  const times = beats.flatMap((beat) => of(beat) ?? [])
  return times.length === 0 ? null : Math.max(...times)
}

/** An input record that lay there for the whole window before the last heartbeat and was not handled. */
function ignoredInput(
  processor: Processor,
  beats: readonly TopologyHeartbeat[],
  input: MapInput,
): string | null {
  const windowMs = input.config.watch.growth_window_ms
  const heardMs = Math.max(...beats.map((beat) => beat.at_ms))
  const handledMs = latest(beats, (beat) => beat.last_input_at_ms) ?? -Infinity
  const startedMs = Math.min(...beats.map((beat) => beat.started_at_ms))
  for (const topic of processor.reads)
    for (const { last_record_at_ms: recordMs } of input.observations.get(topic.name) ?? [])
      if (recordMs !== null && recordMs > handledMs && recordMs >= startedMs)
        if (heardMs - recordMs > windowMs)
          return `${topic.name} has a record of ${moment(recordMs, input.nowMs)} that it did not handle`
  return null
}

/** A sub-topology is as well as the worst of its processors and of the lags of its inputs. */
export function subTopologyRow(sub: SubTopology, rows: readonly MapRow[], input: MapInput): MapRow {
  const names = new Set(sub.processors.map((p) => p.name))
  const processors = rows.filter((row) => row.kind === 'processor' && names.has(row.name))
  const well = processors.filter((row) => row.verdict === 'alive' || row.verdict === 'idle')
  // A group is named after its sub-topology, with the topology's name before it where several may share a broker.
  const late = sub.inputs
    .flatMap((topic) => lagFindings(topic, input))
    .filter(({ group }) => group === sub.name || group.endsWith(`.${sub.name}`))
  const missing = processors.every((row) => row.verdict === 'missing')
  const verdict = missing
    ? 'missing'
    : (late.find((lag) => lag.verdict === 'data-loss') ?? late[0])?.verdict
  const ill = processors.filter((row) => !well.includes(row)).map((row) => row.name)
  const partitions = new Set(
    input.heartbeats.filter((b) => b.sub_topology === sub.name).map((b) => b.partition),
  )
  return {
    name: sub.name,
    kind: 'sub-topology',
    expected: `${count(processors.length)} processors, ${count(sub.inputs.length)} inputs from the log`,
    observed: `${count(well.length)} well, ${count(partitions.size)} partition${partitions.size === 1 ? '' : 's'}`,
    evidence:
      [...ill.map((name) => `${name} is not`), ...late.map((lag) => lag.evidence)].join('; ') ||
      'each processor gives signs of life, no input lags',
    verdict: verdict ?? (ill.length > 0 ? 'stale' : 'alive'),
  }
}
