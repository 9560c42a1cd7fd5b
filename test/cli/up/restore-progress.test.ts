import { beforeEach, expect, test } from 'vitest'
import { followRestoring } from '../../../cli/up/restore-progress.ts'
import type { Metrics } from '../../../connectors/metrics.ts'

let nowMs: number
let shown: (readonly [share: number, note: string | undefined])[]
let onRestoring: Metrics['restoring']
beforeEach(() => {
  nowMs = 5_000
  shown = []
  const update = (share: number, note?: string): void => void shown.push([share, note])
  onRestoring = followRestoring({ update, done: () => undefined }, () => nowMs)
})

test('shows one share of all parts', () => {
  onRestoring('market', 0, 'bars.changelog', 300)
  onRestoring('market', 1, 'bars.changelog', 100)
  nowMs += 1_000
  onRestoring('market', 0, 'bars.changelog', 200)
  onRestoring('market', 0, 'bars.changelog', 0)
  onRestoring('account', 0, 'portfolio.changelog', 400)
  onRestoring('account', 0, 'portfolio.changelog', 0)
  onRestoring('market', 1, 'bars.changelog', 0)
  expect(shown).toEqual([
    [0.25, '300 records left'],
    [0.75, '100 records left'],
    [0.375, '500 records left'],
    [0.875, '100 records left'],
    [1, '0 records left'],
  ])
})

test('shows nothing of a restore that is over at once', () => {
  onRestoring('market', 0, 'bars.changelog', 300)
  onRestoring('market', 0, 'bars.changelog', 0)
  nowMs += 60_000
  onRestoring('ops', 0, 'freshness.changelog', 0)
  expect(shown).toEqual([])
})
