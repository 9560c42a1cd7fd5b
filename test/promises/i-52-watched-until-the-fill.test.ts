import { describe, expect, test } from 'vitest'
import { sides, venue } from '../kit/exit-venue.ts'

const failed = (alerts: readonly { kind: string; state: string }[]): string[] =>
  alerts.filter((alert) => alert.kind === 'EXIT_FAILED').map((alert) => alert.state)

describe.each(sides)(
  'I-52: a %s is watched until it is filled, not until a close is sent',
  (side) => {
    test('a close that is sent and at work does not end the watch', () => {
      const v = venue(side)
      v.answer = () => 'SILENT'
      const [signal] = v.prices(990)
      v.state({ status: 'CLOSING', pending_exit_id: signal!.exit_id })
      expect(v.given.liveKeys()).toBe(1)
      v.restart()
      expect(v.given.liveKeys()).toBe(1)
    })

    test.each(['REJECTED', 'EXPIRED', 'CANCELLED'] as const)(
      'a close that ends %s is tried again until the position is flat, and alerted',
      (status) => {
        const v = venue(side)
        v.answer = () => 'SILENT'
        const end = (exitId: string) => {
          v.state({ status: 'CLOSING', pending_exit_id: exitId })
          v.state({
            status: 'OPEN',
            pending_exit_id: null,
            last_exit_id: exitId,
            last_exit_status: status,
          })
        }
        end(v.prices(990)[0]!.exit_id)
        // The price recovers; what was decided stays owed.
        const [second] = v.prices(1005)
        expect(second).toMatchObject({ exit_id: 'position-1|STOP|0|2', quantity: '2' })
        expect(failed(v.alerts)).toEqual(['RAISED'])
        end(second!.exit_id)
        v.answer = () => 'FILLED'
        expect(v.seconds(2)).toMatchObject([{ attempt: 3 }])
        expect(v.position).toBeNull()
        expect(failed(v.alerts)).toEqual(['RAISED', 'CLEARED'])
      },
    )

    test('a close that nobody answers is tried again', () => {
      const v = venue(side)
      v.answer = () => 'SILENT'
      v.prices(990)
      v.seconds(20)
      expect(v.signals.length).toBeGreaterThan(5)
      expect(new Set(v.signals.map((signal) => signal.exit_id)).size).toBe(v.signals.length)
      expect(failed(v.alerts)).toEqual(['RAISED'])
    })

    test('a close that is filled in part goes on with the rest', () => {
      const v = venue(side)
      v.answer = (signal) => (signal.attempt < 4 ? 0.5 : 'FILLED')
      v.prices(990, 990, 990, 990)
      expect(v.signals.map((signal) => signal.quantity)).toEqual(['2', '1', '0.5', '0.25'])
      expect(v.position).toBeNull()
    })
  },
)
