// The file of a simulated venue: what the venue has promised to somebody is in here before that somebody hears of it.
// It is the venue's own, not the trader's log: a venue does not forget when a client dies.
import { DatabaseSync } from 'node:sqlite'
import { LogError } from '../../log-error.ts'
import { CLOSED_ORDERS_KEPT } from './state.ts'
import type { OrderRecord, VenueEvent, VenueState } from './state.ts'

const formatVersion = 1

/** How long events stay for clients that were away. */
const eventRetentionMs = 30 * 86_400_000

const tables = `
CREATE TABLE IF NOT EXISTS parts(name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS events(
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  client_order_id TEXT, json TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS closed_orders(
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, json TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS closed_orders_by_account ON closed_orders(account, id);
CREATE INDEX IF NOT EXISTS events_by_account ON events(account, sequence);
CREATE INDEX IF NOT EXISTS events_by_order ON events(client_order_id, id);
`

export interface VenueFile {
  /** The stored state, or undefined for a new venue. */
  load(): VenueState | undefined
  /** Stores the state, with the accounts that changed, and the events that the client may see now, in one commit. */
  save(state: VenueState, changedAccounts: readonly string[], events: readonly VenueEvent[]): void
  eventsSince(account: string, sequence: number, limit: number): VenueEvent[]
  /** The last event that the client has seen of an order. */
  lastEventOf(account: string, clientOrderId: string): VenueEvent | null
  close(): void
}

/** Opens the file, or makes it. Throws when it is of another format. */
export function openVenueFile(path: string, nowMs: number): VenueFile {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec(tables)
  const setPart = db.prepare(
    'INSERT INTO parts VALUES(?, ?) ON CONFLICT DO UPDATE SET json = excluded.json',
  )
  const insert = db.prepare(
    'INSERT INTO events(account, sequence, at_ms, client_order_id, json) VALUES(?, ?, ?, ?, ?)',
  )
  const since = db.prepare(
    'SELECT json FROM events WHERE account = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  )
  const last = db.prepare(
    'SELECT json FROM events WHERE client_order_id = ? AND account = ? ORDER BY id DESC LIMIT 1',
  )
  const addClosed = db.prepare('INSERT INTO closed_orders(account, json) VALUES(?, ?)')
  const dropClosed = db.prepare('DELETE FROM closed_orders WHERE account = ?')
  const trimClosed = db.prepare(
    `DELETE FROM closed_orders WHERE account = ?1 AND id <= (
       SELECT id FROM closed_orders WHERE account = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
  )
  const closedOf = db.prepare('SELECT json FROM closed_orders WHERE account = ? ORDER BY id')
  /** The last ended order of each account that this process stored: what lies behind it is new. */
  const lastClosed = new Map<string, OrderRecord>()
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  checkFormat()
  db.prepare('DELETE FROM events WHERE at_ms < ?').run(nowMs - eventRetentionMs)

  function checkFormat(): void {
    const format = db.prepare("SELECT json FROM parts WHERE name = 'format'").get()
    if (format === undefined) setPart.run('format', String(formatVersion))
    else if (format['json'] !== String(formatVersion))
      throw new LogError(
        'CONFIGURATION',
        `${path}: expected format ${formatVersion}, was ${String(format['json'])}; use another file`,
      )
  }

  /** Ended orders never change again, so each is written once and not with every state of its account. */
  const saveClosed = (account: string, closed: readonly OrderRecord[]): void => {
    const known = lastClosed.get(account)
    const from = known === undefined ? 0 : closed.lastIndexOf(known) + 1
    const last = closed.at(-1)
    if (last === undefined || from === closed.length) return
    if (from === 0) dropClosed.run(account)
    for (const order of closed.slice(from)) addClosed.run(account, JSON.stringify(order))
    trimClosed.run(account, CLOSED_ORDERS_KEPT)
    lastClosed.set(account, last)
  }

  const parsed = <T>(part: string, json: string): T => {
    try {
      return JSON.parse(json) as T
    } catch (error) {
      throw new LogError('CORRUPT', `${path}: ${part} is damaged; use another file`, error)
    }
  }
  const eventOf = (row: unknown): VenueEvent =>
    JSON.parse((row as { json: string }).json) as VenueEvent

  return {
    load() {
      const rows = db.prepare('SELECT name, json FROM parts').all() as {
        name: string
        json: string
      }[]
      const parts = new Map(rows.map(({ name, json }) => [name, json]))
      const rest = parts.get('venue')
      if (rest === undefined) return undefined
      const { order, ...state } = parsed<Omit<VenueState, 'accounts'> & { order: string[] }>(
        'venue',
        rest,
      )
      const accounts: VenueState['accounts'] = {}
      for (const name of order) {
        const json = parts.get(`account|${name}`)
        if (json === undefined)
          throw new LogError('CORRUPT', `${path}: account ${name} is missing; use another file`)
        const account = parsed<VenueState['accounts'][string]>(`account|${name}`, json)
        for (const row of closedOf.all(name) as { json: string }[])
          account.closed_orders.push(JSON.parse(row.json) as OrderRecord)
        accounts[name] = account
      }
      return { ...state, accounts }
    },
    save({ accounts, ...rest }, changedAccounts, events) {
      begin.run()
      // The order of opening is part of the state: loops over accounts follow it.
      setPart.run('venue', JSON.stringify({ ...rest, order: Object.keys(accounts) }))
      for (const name of changedAccounts) {
        const account = accounts[name]
        if (account === undefined) continue
        setPart.run(`account|${name}`, JSON.stringify({ ...account, closed_orders: [] }))
        saveClosed(name, account.closed_orders)
      }
      for (const event of events) {
        const { record } = event
        const order = event.topic === 'order.report' ? event.record.client_order_id : null
        insert.run(record.account, record.venue_sequence, event.at_ms, order, JSON.stringify(event))
      }
      commit.run()
    },
    eventsSince: (account, sequence, limit) =>
      since.all(account, sequence, limit).map((row) => eventOf(row)),
    lastEventOf(account, clientOrderId) {
      const row = last.get(clientOrderId, account)
      return row === undefined ? null : eventOf(row)
    },
    close: () => {
      db.close()
    },
  }
}
