import { describe, test } from 'vitest'
import {
  exitSignal,
  opsAlert,
  orderCommand,
  orderReport,
  safeModeCommand,
} from '../../../schemas/topics.ts'
import type { OrderCommand, OrderReport } from '../../../schemas/types.gen.ts'
import { duplicateOrders } from '../../../topologies/watch/duplicate-orders.ts'
import { given, tick } from '../../kit/given.ts'
import { exitSignalOf, orderCommandOf, orderReportOf, startMs } from '../../kit/records.ts'

const dayMs = 86_400_000

const command = (changes: Partial<OrderCommand> = {}) =>
  [orderCommand, orderCommandOf(changes)] as const
const report = (changes: Partial<OrderReport> = {}) =>
  [orderReport, orderReportOf(changes)] as const
const exitCommand = (n: number, quantity: string, changes: Partial<OrderCommand> = {}) =>
  command({
    command_id: `command-x${String(n)}`,
    client_order_id: `order-x${String(n)}`,
    purpose: 'EXIT',
    side: 'SELL',
    reduce_only: true,
    parent_id: 'exit-1',
    quantity,
    ...changes,
  })
const other = { command_id: 'command-2', client_order_id: 'order-2' }

const raised = (subject: string) =>
  [
    [opsAlert, { kind: 'DUPLICATE_ORDER', severity: 'CRITICAL', state: 'RAISED', subject }],
    [safeModeCommand, { active: true, trigger: 'DUPLICATE_ORDER', actor: 'duplicate-orders' }],
  ] as const

describe('entries', () => {
  test('one command and its fills are no duplicate', () => {
    given(duplicateOrders)
      .when(
        command(),
        report({ state: 'ACKED', filled_quantity: '0', fill_quantity: null, venue_trade_id: null }),
        report({ state: 'PARTIALLY_FILLED', filled_quantity: '0.4', fill_quantity: '0.4' }),
        report({ fill_quantity: '0.6', venue_sequence: 2 }),
      )
      .thenNothing()
  })

  test('two commands for one intent are a duplicate, said once', () => {
    given(duplicateOrders)
      .records(command())
      .when(command(other))
      .then(...raised('main|BTCUSDT|intent-1'))
      .when(command({ command_id: 'command-3', client_order_id: 'order-3' }))
      .thenNothing()
  })

  test('commands for two intents are none', () => {
    given(duplicateOrders)
      .when(command(), command({ ...other, parent_id: 'intent-2' }))
      .thenNothing()
  })

  test('the same intent id in another account is another intent', () => {
    given(duplicateOrders)
      .when(command(), command({ ...other, account: 'second' }))
      .thenNothing()
  })

  test('fills by two orders for one intent are a duplicate even when no command was seen', () => {
    given(duplicateOrders)
      .records(report())
      .when(report({ client_order_id: 'order-2', venue_order_id: '2', venue_sequence: 2 }))
      .then(...raised('main|BTCUSDT|intent-1'))
  })
})

describe('one client order id', () => {
  test('in two commands is a duplicate', () => {
    given(duplicateOrders)
      .records(command())
      .when(command({ command_id: 'command-2', parent_id: 'intent-2' }))
      .then(...raised('main|BTCUSDT|order order-1'))
  })

  test('for two orders at the venue is a duplicate', () => {
    given(duplicateOrders)
      .records(command(), report())
      .when(report({ venue_order_id: '2', venue_sequence: 2 }))
      .then(...raised('main|BTCUSDT|order order-1'))
  })

  test('without a venue id yet, as after a time-out, is none', () => {
    given(duplicateOrders)
      .when(
        command(),
        report({
          state: 'UNKNOWN',
          venue_order_id: null,
          filled_quantity: '0',
          fill_quantity: null,
        }),
        report({ venue_sequence: 2 }),
      )
      .thenNothing()
  })

  test('of a stop may go on under a new venue id once, after it was triggered', () => {
    const stop = { purpose: 'PROTECT', side: 'SELL', reduce_only: true } as const
    const resting = { filled_quantity: '0', fill_quantity: null, venue_trade_id: null }
    given(duplicateOrders)
      .records(report({ ...stop, ...resting, state: 'ACKED' }))
      .when(
        report({ ...stop, ...resting, state: 'TRIGGERED', venue_sequence: 2 }),
        report({ ...stop, venue_order_id: '2', venue_sequence: 3 }),
      )
      .thenNothing()
      .when(report({ ...stop, venue_order_id: '3', venue_sequence: 4 }))
      .then(...raised('main|BTCUSDT|order order-1'))
  })
})

describe('quantities', () => {
  test.each(['ENTRY', 'EXIT', 'PROTECT'] as const)(
    'more filled than commanded is a duplicate: %s',
    (purpose) => {
      given(duplicateOrders)
        .records(command({ purpose, quantity: '1' }))
        .when(report({ purpose, filled_quantity: '1.001', fill_quantity: '1.001' }))
        .then(...raised('main|BTCUSDT|order order-1'))
    },
  )

  test('an order of somebody else is held to its own quantity', () => {
    const foreign = { purpose: 'EXTERNAL', parent_id: '', client_order_id: '77' } as const
    given(duplicateOrders).when(report(foreign)).thenNothing()
    given(duplicateOrders)
      .when(report({ ...foreign, order_quantity: '1', filled_quantity: '2' }))
      .then(...raised('main|BTCUSDT|order 77'))
  })
})

describe('exits', () => {
  const sent = () => given(duplicateOrders).records([exitSignal, exitSignalOf({ quantity: '1' })])

  test('an exit may be split into orders up to its quantity', () => {
    sent().when(exitCommand(1, '0.4'), exitCommand(2, '0.6')).thenNothing()
  })

  test('orders for more than the exit asked for are a duplicate', () => {
    sent()
      .records(exitCommand(1, '0.4'), exitCommand(2, '0.6'))
      .when(exitCommand(3, '0.001'))
      .then(...raised('main|BTCUSDT|exit-1'))
  })

  test.each(['REJECTED', 'CANCELLED', 'EXPIRED'] as const)(
    'an exit whose order ended %s may be ordered again for what was not filled',
    (state) => {
      const ended = {
        client_order_id: 'order-x1',
        purpose: 'EXIT',
        parent_id: 'exit-1',
        state,
        filled_quantity: '0.3',
        fill_quantity: null,
      } as const
      sent().records(exitCommand(1, '1'), report(ended)).when(exitCommand(2, '0.7')).thenNothing()
      sent()
        .records(exitCommand(1, '1'), report(ended))
        .when(exitCommand(2, '0.8'))
        .then(...raised('main|BTCUSDT|exit-1'))
    },
  )

  test('an exit order whose fate is unknown still counts whole', () => {
    const unknown = {
      client_order_id: 'order-x1',
      purpose: 'EXIT',
      parent_id: 'exit-1',
      state: 'UNKNOWN',
      filled_quantity: '0',
      fill_quantity: null,
      venue_order_id: null,
    } as const
    sent()
      .records(exitCommand(1, '1'), report(unknown))
      .when(exitCommand(2, '1'))
      .then(...raised('main|BTCUSDT|exit-1'))
  })

  test('an exit without a signal in sight is not accused by its quantity', () => {
    given(duplicateOrders).when(exitCommand(1, '1'), exitCommand(2, '1')).thenNothing()
  })
})

test('stops replace each other and cancels name others: none is a duplicate', () => {
  const protect = { purpose: 'PROTECT', type: 'STOP_MARKET', parent_id: 'position-1' } as const
  given(duplicateOrders)
    .when(
      command(protect),
      command({ ...protect, ...other }),
      command({ ...other, type: 'CANCEL', purpose: 'CANCEL', cancel_client_order_id: 'order-1' }),
    )
    .thenNothing()
})

describe('memory', () => {
  test('a copy after a restart is still a duplicate', () => {
    given(duplicateOrders)
      .records(command())
      .restarted()
      .when(command(other))
      .then(...raised('main|BTCUSDT|intent-1'))
  })

  test('an alert is cleared once, a day after it was raised, also over a restart', () => {
    const audited = given(duplicateOrders).records(command(), command(other)).restarted()
    audited.when(tick(startMs + dayMs - 1)).thenNothing()
    audited
      .when(tick(startMs + dayMs))
      .then([
        opsAlert,
        { state: 'CLEARED', subject: 'main|BTCUSDT|intent-1', raised_at_ms: startMs },
      ])
    audited.when(tick(startMs + 3 * dayMs)).thenNothing()
    // The intent is still known, and its alert is not raised again.
    audited.when(command({ command_id: 'command-3', client_order_id: 'order-3' })).thenNothing()
  })

  test('a hundred alerts are open at once: beyond them the oldest are cleared early', () => {
    const pair = (n: number) => [
      command({ ...other, parent_id: `intent-${n}`, client_order_id: `a-${n}` }),
      command({ ...other, parent_id: `intent-${n}`, client_order_id: `b-${n}` }),
    ]
    given(duplicateOrders)
      .records(...Array.from({ length: 102 }, (_, n) => pair(n)).flat())
      .when(tick(startMs + 1))
      .then(
        [opsAlert, { state: 'CLEARED', subject: 'main|BTCUSDT|intent-0' }],
        [opsAlert, { state: 'CLEARED', subject: 'main|BTCUSDT|intent-1' }],
      )
  })

  test('an order is known again for as long as its command is kept', () => {
    const audited = given(duplicateOrders).records(command(), report())
    audited.records(tick(startMs + orderCommand.retentionMs)).restarted()
    audited
      .when(command({ command_id: 'command-2', parent_id: 'intent-2' }))
      .then(...raised('main|BTCUSDT|order order-1'))
    given(duplicateOrders)
      .records(command(), report(), tick(startMs + orderCommand.retentionMs + 1))
      .when(command({ command_id: 'command-2', parent_id: 'intent-2' }))
      .thenNothing()
  })
})
