// Faults of the schema registry and of the way to it. Each text names the URL, the subject and the value; never a secret.

/**
 * - `UNREACHABLE`: no answer in time, or one that says that it can't work now. It may be well later.
 * - `NOT_FOUND`: it does not know the subject, the version or the id.
 * - `INCOMPATIBLE`: the schema may not follow the subject's earlier ones.
 * - `REFUSED`: it does not want to: no valid schema, not allowed.
 * - `CONFIGURATION`: what is asked for can't be right: a wrong address, a name without a password.
 */
export type RegistryFault =
  'UNREACHABLE' | 'NOT_FOUND' | 'INCOMPATIBLE' | 'REFUSED' | 'CONFIGURATION'

export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly fault: RegistryFault
  constructor(fault: RegistryFault, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.fault = fault
  }
}

/** What an answer's status says; null when all is well. */
export function faultOfStatus(status: number): RegistryFault | null {
  if (status >= 200 && status < 300) return null
  if (status >= 500 || status === 408 || status === 429) return 'UNREACHABLE'
  if (status === 404) return 'NOT_FOUND'
  if (status === 409) return 'INCOMPATIBLE'
  return status >= 300 && status < 400 ? 'CONFIGURATION' : 'REFUSED'
}
