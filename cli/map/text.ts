// The reality map as an aligned table for a terminal. Colours are the caller's choice: on a terminal only.
import type { MapRow, Verdict } from './rows.ts'

const colours: Record<Verdict, number> = {
  growing: 32,
  alive: 32,
  ok: 32,
  idle: 90,
  stale: 33,
  lagging: 33,
  'data-loss': 31,
  missing: 31,
  undeclared: 31,
}

const headings: Record<MapRow['kind'], string> = {
  topic: 'TOPICS',
  processor: 'PROCESSORS',
  'sub-topology': 'SUB-TOPOLOGIES',
  connector: 'CONNECTORS',
}

/** The table, one heading for each kind, and a last line with the number of rows of each verdict. */
export function renderMap(rows: readonly MapRow[], options: { readonly colour: boolean }): string {
  const columns = (['name', 'verdict', 'expected', 'observed'] as const).map((column) => ({
    column,
    width: Math.max(0, ...rows.map((row) => row[column].length)),
  }))
  const lines: string[] = []
  for (const [kind, heading] of Object.entries(headings)) {
    const ofKind = rows.filter((row) => row.kind === kind)
    if (ofKind.length === 0) continue
    lines.push(...(lines.length > 0 ? [''] : []), heading)
    for (const row of ofKind) {
      const cells = columns.map(({ column, width }) => {
        const cell = row[column].padEnd(width)
        return column === 'verdict' ? painted(cell, row.verdict, options.colour) : cell
      })
      lines.push(`  ${[...cells, row.evidence].join('  ')}`.trimEnd())
    }
  }
  lines.push('', summary(rows))
  return `${lines.join('\n')}\n`
}

function painted(cell: string, verdict: Verdict, colour: boolean): string {
  return colour ? `\u001b[${String(colours[verdict])}m${cell}\u001b[0m` : cell
}

function summary(rows: readonly MapRow[]): string {
  const counts = (Object.keys(colours) as Verdict[])
    .map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length] as const)
    .filter(([, n]) => n > 0)
    .map(([verdict, n]) => `${String(n)} ${verdict}`)
  return `${String(rows.length)} rows: ${counts.join(', ')}`
}
