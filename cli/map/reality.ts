// The reality map: each declared topic, processor, sub-topology and connector: what is expected, what is observed, the evidence, a verdict.
// Pure: it reads the topology and what was observed, from whatever runtime, and changes nothing.
import { processorRow, subTopologyRow } from './processor-rows.ts'
import type { ExpectedConnector, MapInput, MapRow } from './rows.ts'
import { topicRow } from './topic-row.ts'

/** All rows: topics and processors in flow order, then sub-topologies and connectors, then what nobody declared. */
export function realityMap(input: MapInput): MapRow[] {
  const { topology, observations } = input
  const topics = topology.topics
    .filter((topic) => topic.kind !== 'clock')
    // State is written when it is; a changelog that a runtime does not show among its topics is no news.
    .filter((topic) => topic.kind !== 'changelog' || observations.has(topic.name))
    .map((topic) => topicRow(topic, input))
  const processors = topology.processors.map((processor) => processorRow(processor, input))
  const rows = [...topics, ...processors]
  return [
    ...rows,
    ...topology.subTopologies.map((sub) => subTopologyRow(sub, rows, input)),
    ...(input.connectors ?? []).map((connector) => connectorRow(connector, rows)),
    ...undeclaredRows(input),
  ]
}

/** A connector is seen by what it brings, never by its process. */
function connectorRow(connector: ExpectedConnector, rows: readonly MapRow[]): MapRow {
  const brought = rows.filter((row) => row.kind === 'topic' && connector.writes.includes(row.name))
  const bad = brought.filter((row) => row.verdict === 'missing' || row.verdict === 'stale')
  const growing = brought.filter((row) => row.verdict === 'growing')
  const verdicts = brought.map((row) => `${row.name} ${row.verdict}`).join(', ')
  return {
    name: connector.name,
    kind: 'connector',
    expected: `brings ${connector.writes.join(', ')}`,
    observed: verdicts,
    evidence: [...bad.map((row) => row.evidence), connector.detail ?? []].flat().join('; '),
    verdict: bad[0]?.verdict ?? (growing.length > 0 ? 'growing' : 'idle'),
  }
}

function undeclaredRows({ topology, observations, heartbeats }: MapInput): MapRow[] {
  const topics = new Set<string>(topology.topics.map((topic) => topic.name))
  const processors = new Set(topology.processors.map((processor) => processor.name))
  const strangeTopics = [...observations.keys()].filter((name) => !topics.has(name))
  const strangeProcessors = new Set(
    heartbeats.map((beat) => beat.processor).filter((name) => !processors.has(name)),
  )
  const row = (name: string, kind: MapRow['kind'], observed: string): MapRow => ({
    name,
    kind,
    expected: 'nothing of this name',
    observed,
    evidence: `topology ${topology.name} does not declare it`,
    verdict: 'undeclared',
  })
  return [
    ...strangeTopics.map((name) => row(name, 'topic', 'observed in the log')),
    ...[...strangeProcessors].map((name) => row(name, 'processor', 'gives heartbeats')),
  ]
}
