// Names on the broker. Everything of one system begins with its prefix; records and people see names without it.
import type { Domain, Topic } from '../../schemas/topic.ts'

export interface Names {
  /** The broker's topic. */
  readonly topic: (topic: Topic) => string
  /** The group of one sub-topology, or of a connector. */
  group(reader: string): string
  /** The transactional id of one task: who has fenced it last owns the task. */
  task(sub: Domain, partition: number): string
  /** The transactional id of the process that writes as connector. */
  readonly connectors: string
}

export function namesOf(prefix: string, topology: string): Names {
  return {
    topic: (topic) => `${prefix}${topic.name}`,
    group: (reader) => `${prefix}${reader}`,
    task: (sub, partition) => `${prefix}${topology}.${sub}.${partition}`,
    connectors: `${prefix}${topology}.connectors`,
  }
}

/** The group of a sub-topology as records and people see it. */
export function readerOf(topology: string, sub: Domain): string {
  return `${topology}.${sub}`
}
