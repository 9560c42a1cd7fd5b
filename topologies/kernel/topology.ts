// Turns a page of processors into sub-topologies, and refuses pages that can't be right.
import { clockTick } from '../../schemas/topics.ts'
import type { Domain, Topic } from '../../schemas/topic.ts'
import type { Processor } from './processor.ts'

/** The processors of one domain: the unit of deployment, scaling, consumer group and transaction. */
export interface SubTopology {
  readonly name: Domain
  readonly processors: readonly Processor[]
  /** Topics consumed from the log. */
  readonly inputs: readonly Topic[]
  /** Topics written and read only in here: handed on directly, in the same transaction. */
  readonly handedOn: ReadonlySet<Topic>
  readonly tables: readonly Topic[]
  readonly changelogs: readonly Topic[]
}

export interface Topology {
  readonly name: string
  /** Group (see, think, …) to its processors, in flow order. */
  readonly groups: ReadonlyMap<string, readonly Processor[]>
  readonly processors: readonly Processor[]
  /** Every topic that a processor reads, writes, keeps state in or takes as a table. */
  readonly topics: readonly Topic[]
  readonly subTopologies: readonly SubTopology[]
}

export class TopologyError extends Error {
  override readonly name = 'TopologyError'
}

/** Builds a topology. Throws a TopologyError that names the fault, the processor and the topic. */
export function topology(name: string, page: Record<string, readonly Processor[]>): Topology {
  const groups = new Map(Object.entries(page))
  const processors = [...groups.values()].flat()
  refuseDuplicateNames(processors)
  refuseRepeatedTopics(processors)
  refuseForeignChangelogs(processors)
  refuseOrphanTopics(processors)
  refuseSecondWriters(processors)
  refuseSharedState(processors)
  refuseWrongTables(processors)
  const domains = new Map(processors.map((p) => [p, domainOf(p)]))
  refuseStrayState(domains)
  const subTopologies = (['market', 'account', 'ops'] as const)
    .map((domain) => subTopology(domain, processors, domains))
    .filter((sub) => sub.processors.length > 0)
  refuseCycles(processors)
  return { name, groups, processors, topics: [...allTopics(processors)], subTopologies }
}

function subTopology(
  domain: Domain,
  all: readonly Processor[],
  domains: ReadonlyMap<Processor, Domain>,
): SubTopology {
  const processors = all.filter((p) => domains.get(p) === domain)
  const reads = new Set(processors.flatMap((p) => p.reads).filter((t) => t.kind !== 'clock'))
  const handedOn = new Set<Topic>()
  for (const topic of reads) {
    const writers = all.filter((p) => p.writes.includes(topic))
    const inside = writers.length > 0 && writers.every((p) => domains.get(p) === domain)
    if (inside && topic.source === null && topic.domain === domain) handedOn.add(topic)
  }
  return {
    name: domain,
    processors,
    inputs: [...reads].filter((t) => !handedOn.has(t)),
    handedOn,
    tables: [...new Set(processors.flatMap((p) => p.tables))],
    changelogs: processors.flatMap((p) => [p.state?.topic ?? [], p.ledger ?? []].flat()),
  }
}

/** The one domain of the topics a processor reads. A clock tick belongs to every domain. */
function domainOf(p: Processor): Domain {
  const timed = p.reads.filter((t) => t !== clockTick)
  const [first, ...rest] = timed
  if (first === undefined)
    throw new TopologyError(`${p.name}: expected at least one topic in reads besides clock.tick`)
  for (const topic of rest)
    if (topic.domain !== first.domain)
      throw new TopologyError(
        `${p.name}: expected one domain in reads, was ${first.name} (${first.domain}) and ${topic.name} (${topic.domain})`,
      )
  return first.domain
}

function refuseDuplicateNames(processors: readonly Processor[]): void {
  const seen = new Set<string>()
  for (const { name } of processors) {
    if (seen.has(name))
      throw new TopologyError(`${name}: expected one processor of this name, was two`)
    seen.add(name)
  }
}

/** A topic listed twice would be handled twice. */
function refuseRepeatedTopics(processors: readonly Processor[]): void {
  for (const p of processors)
    for (const [list, topics] of [
      ['reads', p.reads],
      ['writes', p.writes],
      ['tables', p.tables],
    ] as const)
      for (const topic of topics)
        if (topics.indexOf(topic) !== topics.lastIndexOf(topic))
          throw new TopologyError(`${p.name}: expected ${topic.name} once in ${list}, was twice`)
}

/** A changelog belongs to one store: nobody reads it, and only the store writes it. */
function refuseForeignChangelogs(processors: readonly Processor[]): void {
  for (const p of processors)
    for (const topic of [...p.reads, ...p.writes])
      if (topic.kind === 'changelog')
        throw new TopologyError(
          `${p.name}: expected no changelog in reads or writes, was ${topic.name}`,
        )
}

/** State is partitioned like what its processor reads, or a task would restore another task's keys. */
function refuseStrayState(domains: ReadonlyMap<Processor, Domain>): void {
  for (const [p, domain] of domains)
    for (const topic of [p.state?.topic ?? null, p.ledger])
      if (topic !== null && topic.domain !== domain)
        throw new TopologyError(
          `${p.name}: expected a changelog of the domain ${domain}, was ${topic.name} (${topic.domain})`,
        )
}

function refuseOrphanTopics(processors: readonly Processor[]): void {
  const read = new Set(processors.flatMap((p) => [...p.reads, ...p.tables]))
  const written = new Set(processors.flatMap((p) => p.writes))
  for (const topic of read)
    if (!written.has(topic) && topic.source === null)
      throw new TopologyError(
        `${topic.name}: expected a writer, was read by ${namesOf(processors, (p) => [...p.reads, ...p.tables], topic)} and written by nobody`,
      )
  for (const topic of written)
    if (!read.has(topic) && !topic.sink && topic.source === null)
      throw new TopologyError(
        `${topic.name}: expected a reader or the mark "sink", was written by ${namesOf(processors, (p) => p.writes, topic)} and read by nobody`,
      )
}

function refuseSecondWriters(processors: readonly Processor[]): void {
  for (const topic of allTopics(processors)) {
    const writers = processors.filter((p) => p.writes.includes(topic))
    if (topic.singleWriter && writers.length > 1)
      throw new TopologyError(
        `${topic.name}: expected one writer, was ${writers.map((p) => p.name).join(' and ')}`,
      )
  }
}

function refuseSharedState(processors: readonly Processor[]): void {
  const owners = new Map<Topic, string>()
  for (const p of processors)
    for (const topic of [p.state?.topic ?? null, p.ledger]) {
      if (topic === null) continue
      const owner = owners.get(topic)
      if (owner !== undefined)
        throw new TopologyError(`${topic.name}: expected one owner, was ${owner} and ${p.name}`)
      if (topic.kind !== 'changelog')
        throw new TopologyError(`${p.name}: expected a changelog for its state, was ${topic.name}`)
      owners.set(topic, p.name)
    }
}

function refuseWrongTables(processors: readonly Processor[]): void {
  for (const p of processors)
    for (const table of p.tables)
      if (table.kind !== 'compacted')
        throw new TopologyError(`${p.name}: expected a compacted topic as table, was ${table.name}`)
}

/** A processor must not reach itself through topics, except over an edge it declares as feedback. */
function refuseCycles(processors: readonly Processor[]): void {
  const done = new Set<Processor>()
  const visit = (p: Processor, path: readonly Processor[]): void => {
    if (path.includes(p)) {
      const names = [...path.slice(path.indexOf(p)), p].map((q) => q.name).join(' → ')
      throw new TopologyError(`expected no cycle without an edge declared feedback, was ${names}`)
    }
    if (done.has(p)) return
    for (const topic of p.writes)
      if (!p.feedback.includes(topic))
        for (const next of processors) if (next.reads.includes(topic)) visit(next, [...path, p])
    done.add(p)
  }
  for (const p of processors) visit(p, [])
}

function allTopics(processors: readonly Processor[]): Set<Topic> {
  return new Set(
    processors.flatMap((p) => [
      ...p.reads,
      ...p.tables,
      ...p.writes,
      ...(p.state?.topic ? [p.state.topic] : []),
      ...(p.ledger ? [p.ledger] : []),
    ]),
  )
}

function namesOf(
  processors: readonly Processor[],
  topicsOf: (p: Processor) => readonly Topic[],
  topic: Topic,
): string {
  return processors
    .filter((p) => topicsOf(p).includes(topic))
    .map((p) => p.name)
    .join(', ')
}
