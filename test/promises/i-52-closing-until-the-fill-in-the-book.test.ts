// I-52, in the book: a position was forgotten after its close was published, not filled.
import { describe, expect, it } from 'vitest'
import { positionFlattened, positionState } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'
import type { ActDesk } from '../kit/act-desk.ts'
import type { OrderCommand } from '../../schemas/types.gen.ts'

function closing() {
  const desk = actDesk()
  desk.intent()
  desk.fill(desk.commands('ENTRY')[0]!)
  desk.exit({ quantity: '10' })
  return { desk, exit: desk.commands('EXIT')[0]! }
}

describe('I-52: a position stays until its last fill', () => {
  it.each<[string, (desk: ActDesk, exit: OrderCommand) => void]>([
    ['sent', () => undefined],
    ['acknowledged', (desk, exit) => desk.ack(exit)],
    ['unknown', (desk, exit) => void desk.says(exit, { state: 'UNKNOWN' })],
    ['sent before a restart', (desk) => desk.restart()],
  ])('it is closing, whole and watched while its exit is %s', (_, move) => {
    const { desk, exit } = closing()
    move(desk, exit)
    desk.tick(3_600_000)
    expect(desk.read(positionState).at(-1)).toMatchObject({ status: 'CLOSING', quantity: '10' })
    expect(desk.read(positionFlattened)).toEqual([])
  })

  it.each(['REJECTED', 'CANCELLED', 'EXPIRED'] as const)(
    'it is open again when its exit is %s, and can be closed',
    (state) => {
      const { desk, exit } = closing()
      desk.says(exit, { state })
      expect(desk.read(positionState).at(-1)).toMatchObject({
        status: 'OPEN',
        quantity: '10',
        last_exit_id: 'exit-1',
        last_exit_status: state,
      })
      desk.exit({ exit_id: 'exit-2', quantity: '10' })
      desk.fill(desk.commands('EXIT')[0]!)
      expect(desk.read(positionFlattened)).toHaveLength(1)
      expect(desk.read(positionState).at(-1)).toBeNull()
    },
  )
})
