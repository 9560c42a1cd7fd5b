// Failures of a log in words that say what failed and what to do. Anything else is a bug and stays what it is.

export type LogFault =
  'FULL' | 'IO' | 'BUSY' | 'CORRUPT' | 'CANNOT_OPEN' | 'IN_USE' | 'CONFIGURATION' | 'STOPPED'

/** The log can't do what was asked. Nothing was written by the failed transaction. */
export class LogError extends Error {
  override readonly name = 'LogError'
  readonly fault: LogFault
  constructor(fault: LogFault, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.fault = fault
  }
}
