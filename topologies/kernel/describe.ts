// Says what a topology is, from the value itself: as text for a terminal, as JSON for programs, as a diagram for the README.
// It must never know a topology by name: whatever it shows is in the value.
import type { Topic } from '../../schemas/topic.ts'
import type { Processor } from './processor.ts'
import type { SubTopology, Topology } from './topology.ts'

/** One line for each processor in flow order, then who writes and reads each topic, then the sub-topologies. */
export function describeText(topology: Topology): string {
  const lines = [`topology ${topology.name}`]
  for (const [group, processors] of topology.groups) {
    lines.push('', group)
    for (const p of processors) {
      lines.push(`  ${p.name}  ${p.doc}`)
      lines.push(...facts(p).map(([label, names]) => `    ${label.padEnd(7)}${names.join(', ')}`))
    }
  }
  lines.push('', 'topics')
  const flow = topology.topics.filter(isFlow)
  const width = Math.max(...flow.map((topic) => topic.name.length))
  for (const topic of flow) {
    const writers = listed(writersOf(topology, topic))
    const readers = listed([...readersOf(topology, topic), ...tableReadersOf(topology, topic)])
    lines.push(`  ${topic.name.padEnd(width)}  ${topic.domain}  ${writers} → ${readers}`)
  }
  for (const sub of topology.subTopologies) lines.push('', ...subTopologyLines(sub))
  return `${lines.join('\n')}\n`
}

function facts(p: Processor): [string, string[]][] {
  const all: [string, string[]][] = [
    ['reads', namesOf(p.reads)],
    ['tables', namesOf(p.tables)],
    ['writes', namesOf(p.writes)],
    ['state', [p.state?.topic?.name ?? (p.state ? 'ephemeral' : []), p.ledger?.name ?? []].flat()],
  ]
  return all.filter(([, names]) => names.length > 0)
}

function subTopologyLines(sub: SubTopology): string[] {
  return [
    `sub-topology ${sub.name}: ${sub.processors.map((p) => p.name).join(', ')}`,
    `  from the log  ${listed(namesOf(sub.inputs))}`,
    `  handed on     ${listed(namesOf([...sub.handedOn]))}`,
    `  tables        ${listed(namesOf(sub.tables))}`,
  ]
}

/** The same as plain data; everything in it is JSON. A retention without end is null. */
export function describeJson(topology: Topology) {
  return {
    name: topology.name,
    groups: [...topology.groups].map(([group, processors]) => ({
      name: group,
      processors: processors.map((p) => ({
        name: p.name,
        doc: p.doc,
        reads: namesOf(p.reads),
        tables: namesOf(p.tables),
        writes: namesOf(p.writes),
        feedback: namesOf(p.feedback),
        state: p.state?.topic?.name ?? null,
        ledger: p.ledger?.name ?? null,
      })),
    })),
    topics: topology.topics.map((topic) => ({
      name: topic.name,
      kind: topic.kind,
      domain: topic.domain,
      source: topic.source,
      sink: topic.sink,
      single_writer: topic.singleWriter,
      retention_ms: Number.isFinite(topic.retentionMs) ? topic.retentionMs : null,
      fresh: topic.fresh,
      writers: writersOf(topology, topic),
      readers: readersOf(topology, topic),
      tables_of: tableReadersOf(topology, topic),
    })),
    sub_topologies: topology.subTopologies.map((sub) => ({
      name: sub.name,
      processors: sub.processors.map((p) => p.name),
      inputs: namesOf(sub.inputs),
      handed_on: namesOf([...sub.handedOn]),
      tables: namesOf(sub.tables),
      changelogs: namesOf(sub.changelogs),
    })),
  }
}

/**
 * A mermaid flowchart: one box a group, one node a processor, one arrow for each pair that talks, with its topics on it.
 * What comes from outside and what goes out are round nodes. Arrows of tables are dotted: they carry advice, not records
 * to answer. Groups in `collapse` are one node each, and their arrows are dotted too: watchers read everything, and would
 * hide the flow. State, time and the ops domain are left out.
 */
export function describeMermaid(
  topology: Topology,
  collapse: readonly string[] = ['watch'],
): string {
  const node = new Map<Processor, string>()
  const lines = ['flowchart LR']
  for (const [group, processors] of topology.groups) {
    if (collapse.includes(group)) {
      for (const p of processors) node.set(p, idOf(group))
      lines.push(`  ${idOf(group)}["${[`${group}:`, ...processors.map(nameOf)].join('<br/>')}"]`)
      continue
    }
    lines.push(`  subgraph ${idOf(group)} [${group}]`)
    for (const p of processors) {
      node.set(p, idOf(p.name))
      lines.push(`    ${idOf(p.name)}["${p.name}"]`)
    }
    lines.push('  end')
  }
  const nodesOf = (has: (p: Processor) => boolean): string[] =>
    topology.processors.filter(has).map((p) => node.get(p)!)
  const quiet = new Set(collapse.map(idOf))
  const arrows: Arrow[] = []
  const draw = (from: string, to: string, label: string, isTable: boolean): void => {
    const line = isTable || quiet.has(from) || quiet.has(to) ? '-.->' : '-->'
    const known = arrows.find((one) => one.from === from && one.to === to && one.line === line)
    if (known === undefined) arrows.push({ from, line, to, labels: new Set([label]) })
    else known.labels.add(label)
  }
  for (const topic of topology.topics.filter(isDrawn)) {
    const from = nodesOf((p) => p.writes.includes(topic))
    const to = nodesOf((p) => p.reads.includes(topic))
    const tables = nodesOf((p) => p.tables.includes(topic))
    const isRead = to.length + tables.length > 0
    const outside = (topic.source !== null && isRead) || topic.sink || !isRead
    if (outside) lines.push(`  ${idOf(topic.name)}(["${topic.name}"])`)
    const starts = topic.source === null ? from : [idOf(topic.name)]
    const label = topic.source === null ? topic.name : ''
    for (const start of starts) {
      for (const reader of to) if (reader !== start) draw(start, reader, label, false)
      for (const reader of tables) if (reader !== start) draw(start, reader, label, true)
    }
    // A collapsed group that reads what it writes itself needs no arrow to say so.
    if (outside)
      for (const writer of from) if (!to.includes(writer)) draw(writer, idOf(topic.name), '', false)
  }
  return `${[...lines, ...arrowLines(arrows)].join('\n')}\n`
}

interface Arrow {
  readonly from: string
  readonly line: string
  readonly to: string
  readonly labels: Set<string>
}

/** One line for each start and label, with all ends. */
function arrowLines(arrows: readonly Arrow[]): string[] {
  const ends = new Map<string, string[]>()
  for (const { from, line, to, labels } of arrows) {
    const label = [...labels].filter((name) => name !== '').join('<br/>')
    const start = `  ${from} ${line}${label === '' ? '' : `|"${label}"|`}`
    ends.set(start, [...(ends.get(start) ?? []), to])
  }
  return [...ends].map(([start, to]) => `${start} ${to.join(' & ')}`)
}

const nameOf = (p: Processor): string => p.name
const isFlow = (topic: Topic): boolean => topic.kind === 'event' || topic.kind === 'compacted'
const isDrawn = (topic: Topic): boolean => isFlow(topic) && topic.domain !== 'ops'

/** A name that mermaid takes for an id; none of its own words. */
const idOf = (name: string): string => `n_${name.replaceAll(/[^a-zA-Z0-9]/g, '_')}`
const namesOf = (topics: readonly Topic[]): string[] => topics.map((topic) => topic.name)
const listed = (names: readonly string[]): string => (names.length > 0 ? names.join(', ') : '—')

/** Whoever may write a topic: processors by name, others as what they are. */
function writersOf(topology: Topology, topic: Topic): string[] {
  const processors = topology.processors.filter((p) => p.writes.includes(topic)).map((p) => p.name)
  return topic.source === null ? processors : [`(${topic.source})`, ...processors]
}

const readersOf = (topology: Topology, topic: Topic): string[] =>
  topology.processors.filter((p) => p.reads.includes(topic)).map((p) => p.name)

const tableReadersOf = (topology: Topology, topic: Topic): string[] =>
  topology.processors.filter((p) => p.tables.includes(topic)).map((p) => `${p.name} (table)`)
