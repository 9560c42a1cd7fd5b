// A venue for tests of the gateway: it can lose requests and answers, hang, refuse, and it counts what it was sent.
import type { AccountEvent, Answer, ExchangePort } from '../../../connectors/exchange/port.ts'
import type { OrderCommand, OrderReport, OrderState } from '../../../schemas/types.gen.ts'
import { orderReportOf, snapshotOf, snapshotOrderOf, startMs } from '../../kit/records.ts'

/** What happens to the next send. `late`: the request arrives, but only after the answer was given up. */
export type Fate = 'accept' | 'lose-request' | 'lose-answer' | 'hang' | 'late' | Answer

export interface FakeVenue extends ExchangePort {
  findsAfterMs: number
  /** Client ids in the order in which they were sent, repeats included. */
  readonly sent: string[]
  /** Client ids that were looked up. */
  readonly lookedUp: string[]
  readonly orders: Map<string, OrderState>
  readonly events: AccountEvent[]
  /** Fates of the sends to come; `accept` when there are none left. */
  readonly fates: Fate[]
  isUnreachable: boolean
  /** Called before anything happens to a send. */
  onSubmit: (command: OrderCommand) => void
  /** Lets requests arrive that were late. */
  deliverLate(): void
  /** Appends an event of an order and tells the gateway. */
  report(clientOrderId: string, state: OrderState, changes?: Partial<OrderReport>): void
  snapshots: number
}

export function fakeVenue(): FakeVenue {
  const listeners = new Set<() => void>()
  const late: OrderCommand[] = []
  const assertReachable = (): void => {
    if (self.isUnreachable) throw new Error('connection refused')
  }
  const take = (command: OrderCommand): void => {
    if (command.type === 'CANCEL') {
      if (self.orders.get(command.cancel_client_order_id ?? '') === 'ACKED')
        self.orders.set(command.cancel_client_order_id ?? '', 'CANCELLED')
    } else self.orders.set(command.client_order_id, 'ACKED')
  }
  const self: FakeVenue = {
    venue: 'binance',
    environment: 'PAPER',
    findsAfterMs: 0,
    sent: [],
    lookedUp: [],
    orders: new Map(),
    events: [],
    fates: [],
    isUnreachable: false,
    onSubmit: () => undefined,
    snapshots: 0,
    async submit(command) {
      self.onSubmit(command)
      self.sent.push(command.client_order_id)
      const fate = self.fates.shift() ?? 'accept'
      if (typeof fate === 'object') return fate
      if (self.orders.has(command.client_order_id))
        return { outcome: 'REJECTED', reason: 'DUPLICATE_ID', code: -4116, detail: 'duplicate' }
      switch (fate) {
        case 'accept':
          take(command)
          return { outcome: 'ACCEPTED' }
        case 'lose-request':
          throw new Error('connection reset')
        case 'lose-answer':
          take(command)
          throw new Error('connection reset')
        case 'hang':
          return new Promise(() => undefined)
        case 'late':
          late.push(command)
          throw new Error('timed out')
      }
    },
    async findOrder(_account, _symbol, clientOrderId) {
      self.lookedUp.push(clientOrderId)
      assertReachable()
      return self.orders.get(clientOrderId) ?? null
    },
    async eventsSince(_account, sequence, limit) {
      assertReachable()
      return self.events.filter((e) => e.record.venue_sequence > sequence).slice(0, limit)
    },
    async snapshot(account) {
      assertReachable()
      self.snapshots++
      const resting = [...self.orders].filter(([, state]) => state === 'ACKED')
      return snapshotOf({
        account,
        venue_sequence: self.events.length,
        open_orders: resting.map(([id]) => snapshotOrderOf({ client_order_id: id })),
      })
    },
    onEvents(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    deliverLate() {
      for (const command of late.splice(0)) take(command)
    },
    report(clientOrderId, state, changes = {}) {
      self.orders.set(clientOrderId, state)
      const sequence = self.events.length + 1
      self.events.push({
        topic: 'order.report',
        record: orderReportOf({
          client_order_id: clientOrderId,
          state,
          venue_sequence: sequence,
          venue_at_ms: startMs,
          ...changes,
        }),
      })
      for (const listener of listeners) listener()
    },
  }
  return self
}
