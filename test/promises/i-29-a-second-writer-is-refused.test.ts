// Two writers once used different types for one key.
import { describe, expect, it } from 'vitest'
import { CodecError, createCodec } from '../../schemas/codec.ts'
import { exchangeTick, orderReport, topicObserved } from '../../schemas/topics.ts'
import type { Domain, Topic } from '../../schemas/topic.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import { trading } from '../../topologies/trading.ts'
import { sketch } from '../kit/pages.ts'
import { safeModeOf } from '../kit/records.ts'

const page = Object.fromEntries(trading.groups)
const inputOf: Record<Domain, Topic> = {
  market: exchangeTick,
  account: orderReport,
  ops: topicObserved,
}

describe('I-29: one writer for each topic', () => {
  const single = trading.topics.filter((topic) => topic.singleWriter && topic.kind !== 'changelog')

  it('holds for all that has state by key', () => {
    const byKey = trading.topics.filter((t) => t.kind === 'compacted' && t.source === null)
    for (const topic of byKey) expect([topic.name, topic.singleWriter]).toEqual([topic.name, true])
  })

  it.each(single.map((topic) => [topic.name, topic] as const))(
    '%s: a second writer does not build, and both are named',
    (name, topic) => {
      const [writer] = trading.processors.filter((p) => p.writes.includes(topic))
      const second = sketch('second', { reads: [inputOf[topic.domain]], writes: [topic] })
      const wrong = () => topology('trading', { ...page, more: [second] })
      expect(wrong).toThrow(`${name}: expected one writer, was ${writer!.name} and second`)
    },
  )

  it.each(
    trading.processors.flatMap((p) => (p.state?.topic ? [[p.name, p.state.topic] as const] : [])),
  )('the state of %s has one owner', (name, state) => {
    const second = sketch('second', { reads: [inputOf[state.domain]], state })
    const wrong = () => topology('trading', { ...page, more: [second] })
    expect(wrong).toThrow(`${state.name}: expected one owner, was ${name} and second`)
  })

  it('a value of another type can’t be written, whoever writes', () => {
    const codec = createCodec()
    expect(() => codec.encode('safe_mode.state', '1')).toThrow(CodecError)
    expect(() => codec.encode('safe_mode.state', { ...safeModeOf(), active: 1 })).toThrow(/active/)
  })
})
