// The list of closed trades as a table whose columns sort. Sorting uses the exact value, the cell shows the rounded one.
import type { TradeClosed } from '../../../schemas/types.gen.ts'
import { formatExact, formatLength, formatNumber, formatTime, formatUsd, toneOf } from './format.ts'
import { html, type Markup } from './markup.ts'

/** A page with more rows is slow to sort; the rest is named, and stays in the records. */
export const TRADE_ROW_LIMIT = 5_000

/** The last trades by closing time, at most 5,000, in the order given. */
export function tradeTable(trades: readonly TradeClosed[]): Markup {
  if (trades.length === 0) return html`<p class="none">No trade was closed.</p>`
  const shown = trades.slice(-TRADE_ROW_LIMIT)
  const left = trades.length - shown.length
  return html`${left > 0 ? html`<p class="soft">${left} earlier trades are not listed.</p>` : ''}
    <div class="scroll">
      <table data-sortable>
        <thead>
          <tr>
            ${columns.map(({ title, isText }) => headCell(title, isText))}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (trade) =>
              html`<tr>
                ${columns.map(({ cell }) => cell(trade))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`
}

interface Column {
  title: string
  isText: boolean
  cell: (trade: TradeClosed) => Markup
}

const columns: readonly Column[] = [
  textColumn('Opened, UTC', (trade) => formatTime(trade.opened_at_ms)),
  textColumn('Symbol', (trade) => trade.symbol),
  {
    title: 'Side',
    isText: true,
    cell: ({ direction }) =>
      html`<td class="text"><span class="way ${direction.toLowerCase()}">${direction}</span></td>`,
  },
  exactColumn('Quantity', (trade) => trade.quantity),
  exactColumn('Entry', (trade) => trade.entry_price),
  exactColumn('Exit', (trade) => trade.exit_price),
  moneyColumn('Gross', (trade) => trade.gross_usd),
  {
    title: 'Fees',
    isText: false,
    cell: ({ fees_usd: fees }) => html`<td data-key="${fees}">${formatUsd(fees)}</td>`,
  },
  moneyColumn('Funding', (trade) => trade.funding_usd),
  moneyColumn('Net', (trade) => trade.net_usd),
  {
    title: 'R',
    isText: false,
    // Unknown sorts below everything known.
    cell: ({ r_multiple: r }) =>
      html`<td class="${toneOf(r)}" data-key="${r ?? '-1e300'}">${formatNumber(r, 2, true)}</td>`,
  },
  {
    title: 'Held',
    isText: false,
    cell: ({ held_ms: heldMs }) => html`<td data-key="${heldMs}">${formatLength(heldMs)}</td>`,
  },
  textColumn('Closed by', (trade) => trade.exit_kinds.join(', ')),
  textColumn('Regime', (trade) => trade.regime),
]

function headCell(title: string, isText: boolean): Markup {
  return html`<th class="${isText ? 'text' : ''}" scope="col"><button>${title}</button></th>`
}

function textColumn(title: string, read: (trade: TradeClosed) => string): Column {
  return { title, isText: true, cell: (trade) => html`<td class="text">${read(trade)}</td>` }
}

function exactColumn(title: string, read: (trade: TradeClosed) => string): Column {
  const cell = (trade: TradeClosed): Markup =>
    html`<td data-key="${read(trade)}">${formatExact(read(trade))}</td>`
  return { title, isText: false, cell }
}

function moneyColumn(title: string, read: (trade: TradeClosed) => string): Column {
  const cell = (trade: TradeClosed): Markup =>
    html`<td class="${toneOf(read(trade))}" data-key="${read(trade)}">
      ${formatUsd(read(trade), true)}
    </td>`
  return { title, isText: false, cell }
}
