import { describe, expect, it } from 'vitest'
import { exact } from '../../../schemas/decimal.ts'
import { distanceBps, levelFault, levelsFor } from '../../../topologies/decide/levels.ts'

const options = { reference: 100, stopDistanceBps: 100, targetR: 2, tickSize: '0.01' }
const band = { maxStopBps: 1_000, targetR: 2 }
const texts = ({ stop, target }: ReturnType<typeof levelsFor>) => [stop.toFixed(), target.toFixed()]

describe('stop and target', () => {
  it('lie below and above the reference for a buy, and the other way round for a sell', () => {
    expect(texts(levelsFor({ ...options, side: 'BUY' }))).toEqual(['99', '102'])
    expect(texts(levelsFor({ ...options, side: 'SELL' }))).toEqual(['101', '98'])
  })

  it('are rounded against the trade: the stop outwards, the target inwards', () => {
    const rough = { ...options, stopDistanceBps: 33.33, tickSize: '0.25' }
    expect(texts(levelsFor({ ...rough, side: 'BUY' }))).toEqual(['99.5', '100.5'])
    expect(texts(levelsFor({ ...rough, side: 'SELL' }))).toEqual(['100.5', '99.5'])
  })

  it('are exact where floating point is not', () => {
    const tiny = { ...options, reference: 0.3, stopDistanceBps: 1_000 }
    expect(texts(levelsFor({ ...tiny, side: 'BUY' }))).toEqual(['0.27', '0.36'])
    expect(texts(levelsFor({ ...tiny, side: 'SELL' }))).toEqual(['0.33', '0.24'])
  })
})

describe('a fault of the levels', () => {
  const levels = (stop: string, target: string) => ({
    reference: exact(100),
    stop: exact(stop),
    target: exact(target),
  })

  it('is not there when they are right', () => {
    expect(levelFault(levels('99', '102'), 'BUY', band)).toBeNull()
    expect(levelFault(levels('101', '98'), 'SELL', band)).toBeNull()
    expect(levelFault(levels('90', '120'), 'BUY', band)).toBeNull()
  })

  it.each([
    ['BUY', 'a stop on the wrong side', '101', '102'],
    ['BUY', 'a target on the wrong side', '99', '98'],
    ['BUY', 'a stop on the reference', '100', '102'],
    ['BUY', 'a target on the reference', '99', '100'],
    ['BUY', 'a stop of 0', '0', '102'],
    ['BUY', 'a negative stop', '-5', '102'],
    ['BUY', 'a stop beyond the band', '89.99', '102'],
    ['BUY', 'a target beyond the band', '99', '120.01'],
    ['SELL', 'a stop on the wrong side', '99', '98'],
    ['SELL', 'a target on the wrong side', '101', '102'],
    ['SELL', 'a negative target', '101', '-1'],
    ['SELL', 'a stop beyond the band', '110.01', '98'],
    ['SELL', 'a stop of 96 million', '96000000', '98'],
  ] as const)('is found: %s with %s', (side, _what, stop, target) => {
    expect(levelFault(levels(stop, target), side, band)).toContain('expected')
  })

  it('measures distances from the reference, on both sides alike', () => {
    expect(distanceBps(levels('99', '102'), exact(99))).toBe(100)
    expect(distanceBps(levels('99', '102'), exact(101))).toBe(100)
  })
})
