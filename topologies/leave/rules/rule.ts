// What an exit rule is. Rules are pure and small: they look at one position at one moment and say whether it is hit, or
// where its stop belongs. They must never look at anything but a position and a moment, and never change either.
import type { Config } from '../../../schemas/config.ts'
import type {
  ExitKind,
  InstrumentState,
  LevelReason,
  Urgency,
  WatchedPosition,
} from '../../../schemas/types.gen.ts'

/** Prices are signed by the direction (short: minus the price): higher is better and one comparison serves both sides. */
export interface Moment {
  readonly nowMs: number
  /** The side the position would close at: bid for a long, ask for a short. Null: there is no price to judge by. */
  readonly signedPrice: number | null
  readonly signedMark: number | null
  readonly instrument: InstrumentState | undefined
  readonly exits: Config['exits']
}

export interface Hit {
  readonly kind: ExitKind
  /** Rung of the ladder, 0 for rules without one. */
  readonly rung: number
  readonly urgency: Urgency
  readonly closesAll: boolean
  /** Decimal text: the quantity that is to stay open, '0' when it closes all. */
  readonly keepQuantity: string
  /** Decimal text, null for rules without a price. */
  readonly triggerPrice: string | null
}

export interface ExitRule {
  readonly name: string
  hit(position: WatchedPosition, moment: Moment): Hit | null
}

export interface Move {
  /** Decimal text. */
  readonly stopPrice: string
  readonly reason: LevelReason
}

/** Moves the stop. Whoever applies it refuses a move that would loosen the stop. */
export interface LevelRule {
  readonly name: string
  /** The signed price from which it wants to move the stop; null when it never will again. */
  movesFrom(position: WatchedPosition, exits: Config['exits']): number | null
  move(position: WatchedPosition, moment: Moment): Move | null
}

/** A hit that closes the whole position. */
export function closeAll(kind: ExitKind, urgency: Urgency, triggerPrice: string | null): Hit {
  return { kind, rung: 0, urgency, closesAll: true, keepQuantity: '0', triggerPrice }
}
