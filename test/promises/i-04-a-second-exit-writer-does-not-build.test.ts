// Each close was once sent twice, because a second harvest service ran live: its unit set one mode's name and the code read another's.
import { describe, expect, it } from 'vitest'
import { configSchema } from '../../schemas/config.ts'
import { exitSignal, priceUpdate, tradeClosed } from '../../schemas/topics.ts'
import { describeJson } from '../../topologies/kernel/describe.ts'
import { topology, TopologyError } from '../../topologies/kernel/topology.ts'
import { trading } from '../../topologies/trading.ts'
import { sketch } from '../kit/pages.ts'

const page = Object.fromEntries(trading.groups)

describe('I-04: one processor decides exits', () => {
  it('is named by the topology itself', () => {
    const { writers } = describeJson(trading).topics.find((t) => t.name === exitSignal.name)!
    expect(writers).toEqual(['exit-brain'])
  })

  it.each([
    ['that watches prices', priceUpdate],
    ['that watches closed trades', tradeClosed],
  ])('a second one %s does not build, wherever it stands on the page', (_title, reads) => {
    const harvest = sketch('harvest', { reads: [reads], writes: [exitSignal] })
    for (const group of [...trading.groups.keys(), 'harvest']) {
      const wrong = () =>
        topology('trading', { ...page, [group]: [...(page[group] ?? []), harvest] })
      expect(wrong).toThrow(TopologyError)
      expect(wrong).toThrow(/exit\.signal: expected one writer, was .*(exit-brain|harvest)/)
    }
  })

  it('nobody else may command orders, either', () => {
    const { topics } = describeJson(trading)
    expect(topics.find((t) => t.name === 'order.command')).toMatchObject({
      single_writer: true,
      source: null,
      writers: ['execution-gates'],
    })
  })

  it.each([
    [{ rl: { mode: 'shadw' } }, 'mode'],
    [{ rl: { shadow_mode: true } }, 'shadow_mode'],
    [{ harvest_mode: 'live' }, 'harvest_mode'],
    [{ environment: 'TEST' }, 'environment'],
  ])('a mode that is unknown stops the start with its name: %j', (settings, name) => {
    const { success, error } = configSchema.safeParse(settings)
    expect(success).toBe(false)
    expect(JSON.stringify(error?.issues)).toContain(name)
  })
})
