// What a gate is: a pure function that lets an entry pass (null) or refuses it with a reason and the numbers compared.
// Exits never meet a gate.
import type { Decimal } from 'decimal.js'
import type { Config } from '../../../schemas/config.ts'
import type {
  ExecutionGatesChangelog,
  Gate,
  GateEntry,
  InstrumentState,
  MarkState,
  ReasonCode,
} from '../../../schemas/types.gen.ts'

/** All that a gate may look at. */
export interface GateInput {
  readonly entry: GateEntry
  readonly state: ExecutionGatesChangelog
  readonly config: Config
  readonly nowMs: number
  /** Null when the venue never described the symbol. */
  readonly instrument: InstrumentState | null
  readonly mark: MarkState | null
  /** Last consolidated price of any symbol, null when none is known: open exposure is valued with it. */
  readonly priceOf: (symbol: string) => Decimal | null
}

export interface Refusal {
  readonly gate: Gate
  readonly reason: ReasonCode
  /** The numbers compared, in words. */
  readonly detail: string
}

export type GateCheck = (input: GateInput) => Refusal | null
