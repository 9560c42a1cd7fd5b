import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { listenForEnd } from '../../../cli/up/ending.ts'
import type { Ending } from '../../../cli/up/ending.ts'

const process = new EventEmitter()
let codes: number[]
let said: string[]
let ending: Ending
beforeEach(() => {
  vi.useFakeTimers()
  codes = []
  said = []
  ending = listenForEnd({
    err: (text) => said.push(text),
    process,
    exitNow: (code) => codes.push(code),
  })
})
afterEach(() => {
  ending[Symbol.dispose]()
  vi.useRealTimers()
})
const signal = (name: 'SIGINT' | 'SIGTERM') => process.emit(name, name)

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (name) => {
  test('asks for the end, and gives it 10 s', () => {
    signal(name)
    expect(ending.asked.aborted).toBe(true)
    vi.advanceTimersByTime(9_999)
    expect(codes).toEqual([])
    vi.advanceTimersByTime(1)
    expect(codes).toEqual([3])
    expect(said).toEqual(['quantum up: it did not stop within 10 s and was ended'])
  })

  test('a second signal ends it at once', () => {
    signal(name === 'SIGINT' ? 'SIGTERM' : 'SIGINT')
    expect(codes).toEqual([])
    signal(name)
    expect(codes).toEqual([name === 'SIGINT' ? 130 : 143])
  })
})

describe('work at the end', () => {
  const forEver = new Promise<void>(() => undefined)

  test('has 10 s without a signal as well', () => {
    void ending.within(forEver)
    vi.advanceTimersByTime(10_000)
    expect(codes).toEqual([3])
  })

  test('has what is left of them after one', () => {
    signal('SIGINT')
    vi.advanceTimersByTime(6_000)
    void ending.within(forEver)
    vi.advanceTimersByTime(4_000)
    expect(codes).toEqual([3])
  })

  test('that is done calls the end off, unless somebody asked for it', async () => {
    await ending.within(Promise.resolve())
    vi.advanceTimersByTime(60_000)
    expect(codes).toEqual([])
    signal('SIGINT')
    await ending.within(Promise.resolve())
    vi.advanceTimersByTime(10_000)
    expect(codes).toEqual([3])
  })
})

test('when it has ended nobody listens and no time runs', () => {
  signal('SIGINT')
  ending[Symbol.dispose]()
  vi.advanceTimersByTime(60_000)
  expect(codes).toEqual([])
  expect(process.eventNames()).toEqual([])
})
