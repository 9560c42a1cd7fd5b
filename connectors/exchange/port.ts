// What the order gateway needs of a venue, in process or far away. An adapter speaks the venue's protocol and answers in
// these words; it decides nothing and repeats nothing by itself.
import type {
  AccountSnapshot,
  Environment,
  FundingPaid,
  OrderCommand,
  OrderReport,
  OrderState,
  VenueReason,
} from '../../schemas/types.gen.ts'

/** The venue's answer to a command. */
export type Answer =
  | { readonly outcome: 'ACCEPTED' }
  | {
      readonly outcome: 'REJECTED'
      readonly reason: VenueReason
      readonly code: number | null
      /** The venue's words. */
      readonly detail: string
    }
  /** No answer, or one that says nothing: the order may or may not exist. Throwing means the same. */
  | { readonly outcome: 'UNKNOWN'; readonly detail: string }

/**
 * One event of an account. Each has the next `venue_sequence` of its account. A report's `purpose` is UNKNOWN when the
 * venue does not know what the order was for; the gateway fills that in.
 */
export type AccountEvent =
  | { readonly topic: 'order.report'; readonly record: OrderReport }
  | { readonly topic: 'funding.paid'; readonly record: FundingPaid }

export interface ExchangePort {
  readonly venue: string
  readonly environment: Environment
  /**
   * How long after a send a look-up that finds nothing is final. 0 for a venue that knows a command before it answers;
   * for a remote one the time after which it refuses a delayed request, and some more.
   */
  readonly findsAfterMs: number
  /** Sends a command, once. A throw is an UNKNOWN outcome. */
  submit(command: OrderCommand): Promise<Answer>
  /** State of the order with a client id, or null when the venue knows none. Throws when it can't be asked. */
  findOrder(account: string, symbol: string, clientOrderId: string): Promise<OrderState | null>
  /** The oldest events of an account after a sequence number, in order, at most `limit`. Throws when it can't be asked. */
  eventsSince(account: string, sequence: number, limit: number): Promise<readonly AccountEvent[]>
  /** The venue's own books of an account. Throws when it can't be asked. */
  snapshot(account: string): Promise<AccountSnapshot>
  /** Calls back when there may be new events, and after a connection was made again. Returns the way to stop. */
  onEvents(listener: () => void): () => void
}
