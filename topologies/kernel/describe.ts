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
 * What comes from outside and what goes out are round nodes. Groups in `collapse` are one node each, and their arrows
 * are dotted: watchers read everything, and would hide the flow. State, tables, time and the ops domain are left out.
 */
export function describeMermaid(
  topology: Topology,
  collapse: readonly string[] = ['watch'],
): string {
  const node = new Map<Processor, string>()
  const lines = ['flowchart LR']
  for (const [group, processors] of topology.groups) {
    const shown = processors.filter((p) => p.reads.some(isDrawn) || p.writes.some(isDrawn))
    if (shown.length === 0) continue
    if (collapse.includes(group)) {
      for (const p of shown) node.set(p, idOf(group))
      lines.push(`  ${idOf(group)}["${group}:<br/>${shown.map((p) => p.name).join('<br/>')}"]`)
      continue
    }
    lines.push(`  subgraph ${idOf(group)} [${group}]`)
    for (const p of shown) {
      node.set(p, idOf(p.name))
      lines.push(`    ${idOf(p.name)}["${p.name}"]`)
    }
    lines.push('  end')
  }
  const arrows = new Map<string, Set<string>>()
  const draw = (from: string, to: string, label: string): void => {
    if (from === to) return
    const dotted = collapse.some((group) => from === idOf(group) || to === idOf(group))
    const arrow = `${from} ${dotted ? '-.->' : '-->'}#${to}`
    arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(label))
  }
  for (const topic of topology.topics.filter(isDrawn)) {
    const from = topology.processors
      .filter((p) => p.writes.includes(topic))
      .map((p) => node.get(p)!)
    const to = topology.processors.filter((p) => p.reads.includes(topic)).map((p) => node.get(p)!)
    const read = to.length > 0 || tableReadersOf(topology, topic).length > 0
    const outside = (topic.source !== null && to.length > 0) || topic.sink || !read
    if (outside) lines.push(`  ${idOf(topic.name)}(["${topic.name}"])`)
    if (topic.source !== null) for (const reader of to) draw(idOf(topic.name), reader, '')
    else for (const writer of from) for (const reader of to) draw(writer, reader, topic.name)
    // A collapsed group that reads what it writes itself needs no arrow to say so.
    if (outside)
      for (const writer of from) if (!to.includes(writer)) draw(writer, idOf(topic.name), '')
  }
  for (const [arrow, topics] of arrows) {
    const [from = '', to = ''] = arrow.split('#')
    const label = [...topics].filter((name) => name !== '').join('<br/>')
    lines.push(`  ${from}${label === '' ? ' ' : `|"${label}"| `}${to}`)
  }
  return `${lines.join('\n')}\n`
}

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
