// The exit monitor heard nothing, because it read another stream's name; a bridge wrote to one that was cut off.
import { describe, expect, it } from 'vitest'
import { ownTopics } from '../../connectors/kafka/own-topics.ts'
import { topics } from '../../schemas/topics.ts'
import { topology, TopologyError } from '../../topologies/kernel/topology.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { trading } from '../../topologies/trading.ts'

const needing = (name: string): string[] =>
  trading.processors
    .filter((p) => [...p.reads, ...p.tables].some((topic) => topic.name === name))
    .map((p) => p.name)
const writing = (name: string): string[] =>
  trading.processors.filter((p) => p.writes.some((topic) => topic.name === name)).map((p) => p.name)

/** The page without some of its processors. */
function without(names: readonly string[]): Topology {
  const page = [...trading.groups].map(
    ([group, processors]) => [group, processors.filter((p) => !names.includes(p.name))] as const,
  )
  return topology('trading', Object.fromEntries(page))
}

const inner = trading.topics.filter(
  (topic) => topic.source === null && topic.kind !== 'changelog' && writing(topic.name).length > 0,
)

describe('I-23: names come from one list, and every topic has two ends', () => {
  it('the whole page builds, and uses no topic but the declared ones', () => {
    expect(without([]).processors).toHaveLength(trading.processors.length)
    const declared = new Set<string>(topics.map((topic) => topic.name))
    expect(trading.topics.filter((topic) => !declared.has(topic.name))).toEqual([])
  })

  it('no declared topic is forgotten by the page, but for those that a runtime keeps for itself', () => {
    const used = new Set<string>(trading.topics.map((topic) => topic.name))
    const left = topics.filter((topic) => !used.has(topic.name)).map((topic) => topic.name)
    expect(left.sort()).toEqual(ownTopics.map((topic) => topic.name).sort())
  })

  it.each(inner.filter((topic) => needing(topic.name).length > 0).map((topic) => topic.name))(
    '%s without its writer stops the start',
    (name) => {
      expect(() => without(writing(name))).toThrow(TopologyError)
    },
  )

  it.each(inner.filter((topic) => !topic.sink).map((topic) => topic.name))(
    '%s without a reader stops the start',
    (name) => {
      expect(() => without(needing(name))).toThrow(TopologyError)
    },
  )

  it('the message names the topic, and who is left alone with it', () => {
    expect(() => without(['exit-brain'])).toThrow(
      /exit\.signal: expected a writer, was read by .*execution-gates.* and written by nobody/,
    )
    expect(() => without(['ai-engine', 'bars'])).toThrow(
      'ai.signal_generated: expected a writer, was read by strategy-router and written by nobody',
    )
  })
})
