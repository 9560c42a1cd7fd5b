import { describe, expect, test } from 'vitest'
import { createProgress, type Progress } from '../../cli/progress.ts'

interface Scene {
  progress: Progress
  written: string[]
  clock: { ms: number }
}

function scene(isTTY: boolean, json = false, columns = 80): Scene {
  const written: string[] = []
  const clock = { ms: 0 }
  const stream = { isTTY, columns, write: (text: string) => written.push(text) }
  const io = { err: (line: string) => void written.push(`${line}\n`), now: () => clock.ms }
  const progress = createProgress({ label: 'backtest', io, json, stream })
  return { progress, written, clock }
}

describe('progress of a long job', () => {
  test('a terminal shows one line, drawn anew', () => {
    const { progress, written, clock } = scene(true)
    progress.update(0.25, '1,000 ticks')
    clock.ms = 2_000
    progress.update(0.5, '2,000 ticks')
    expect(written).toEqual([
      `\rbacktest  ${'█'.repeat(6)}${'░'.repeat(18)}   25 %  1,000 ticks  0 s\u001b[K`,
      `\rbacktest  ${'█'.repeat(12)}${'░'.repeat(12)}   50 %  2,000 ticks  2 s left\u001b[K`,
    ])
  })

  test('a terminal is not drawn more often than ten times a second, and ends on the last state', () => {
    const { progress, written, clock } = scene(true)
    for (let done = 0; done <= 100; done += 1) {
      clock.ms = done
      progress.update(done / 100)
    }
    expect(written).toHaveLength(2)
    progress.done()
    expect(written.slice(2).join('')).toMatch(/100 %.*\n$/s)
  })

  test('a narrow terminal gets a line that does not wrap', () => {
    const { progress, written } = scene(true, false, 20)
    progress.update(0.5)
    expect(written[0]).toHaveLength('\r'.length + 19 + '\u001b[K'.length)
  })

  test('elsewhere there is a line for every tenth, each once', () => {
    const { progress, written } = scene(false)
    for (let done = 0; done <= 1_000; done += 1) progress.update(done / 1_000)
    progress.done()
    expect(written).toHaveLength(10)
    expect(written[0]).toBe('backtest   10 %  0 s\n')
    expect(written.at(-1)).toBe('backtest  100 %  0 s\n')
  })

  test('a jump over several tenths is one line', () => {
    const { progress, written } = scene(false)
    progress.update(0.75, 'x')
    expect(written).toEqual(['backtest   75 %  x  0 s\n'])
  })

  test('with --json there is nothing unless a terminal watches', () => {
    const quiet = scene(false, true)
    quiet.progress.update(1)
    quiet.progress.done()
    expect(quiet.written).toEqual([])
    const watched = scene(true, true)
    watched.progress.update(0.5)
    expect(watched.written).toHaveLength(1)
  })

  test('no work is done work, and more than all of it is all', () => {
    const { progress, written } = scene(false)
    progress.update(0 / 0)
    expect(written).toEqual(['backtest  100 %  0 s\n'])
    const over = scene(true)
    over.progress.update(3)
    expect(over.written[0]).toContain('100 %')
  })

  test('a job that said nothing ends without a line', () => {
    const { progress, written } = scene(true)
    progress.done()
    expect(written).toEqual([])
  })
})
