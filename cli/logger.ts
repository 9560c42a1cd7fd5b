// Where the command line's log goes: stderr, one JSON object a line. Stdout belongs to the result.
import { pino } from 'pino'
import type { Logger } from 'pino'

/** A logger for records of this level and above. */
export function createLogger(level: 'info' | 'warn' | 'error'): Logger {
  return pino({ level }, pino.destination(2))
}
