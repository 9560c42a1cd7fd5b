// The lag as an aligned table for a terminal.
import { count, duration } from '../map/words.ts'
import type { LagRow } from './rows.ts'

const headings = ['group', 'topic', 'part', 'end', 'committed', 'lag', 'age', 'state'] as const

/** Columns of numbers, which end at the same place. */
const numbers: ReadonlySet<string> = new Set(['part', 'end', 'committed', 'lag', 'age'])

/** The table, and a last line that counts what is not well. */
export function renderLag(rows: readonly LagRow[]): string {
  const cells = [headings, ...rows.map(cellsOf)]
  const widths = headings.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)))
  const lines = cells.map((row) =>
    row
      .map((cell, i) =>
        numbers.has(headings[i]!) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
      )
      .join('  ')
      .trimEnd(),
  )
  const bad = rows.filter((row) => row.state !== 'ok')
  const details = bad.flatMap((row) => row.detail ?? [])
  const well = bad.length === 0 ? 'all are well' : `${String(bad.length)} are not well`
  return [...lines, '', `${String(rows.length)} partitions of groups, ${well}`, ...details].join(
    '\n',
  )
}

function cellsOf(row: LagRow): readonly string[] {
  const number = (value: number | null): string => (value === null ? '?' : count(value))
  return [
    ...[row.group, row.topic, String(row.partition)],
    ...[number(row.end), number(row.committed), number(row.lag)],
    ...[row.age_ms === null ? '-' : duration(row.age_ms), stateText(row)],
  ]
}

const stateText = ({ state, lost }: LagRow): string =>
  lost > 0 ? `${state} (${count(lost)} removed unread)` : state
