import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { dataFolder, marketData } from './data.ts'

test('data is looked for where QUANTUM_DATA_DIR says, and its absence is printed once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'market-data-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  vi.stubEnv('QUANTUM_DATA_DIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  writeFileSync(join(folder, 'here.csv'), '')
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => write.mockRestore())

  expect(dataFolder()).toBe(folder)
  expect(marketData('here.csv')).toBe(join(folder, 'here.csv'))
  expect(write).not.toHaveBeenCalled()
  expect(marketData('gone.csv')).toBeUndefined()
  expect(marketData('gone.csv')).toBeUndefined()
  expect(write.mock.calls).toEqual([
    [expect.stringContaining('market data is absent: expected gone.csv') as string],
  ])
})

test('without it, data is looked for beside the checkout', () => {
  vi.stubEnv('QUANTUM_DATA_DIR', '')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(dataFolder()).toMatch(/shared[/\\]data$/)
})
