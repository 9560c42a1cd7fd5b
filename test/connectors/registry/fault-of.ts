// The fault of a promise that has to fail.
import { RegistryError } from '../../../connectors/registry/registry-error.ts'

export async function faultOf(promise: Promise<unknown>): Promise<{ fault: string; text: string }> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RegistryError) return { fault: error.fault, text: error.message }
    throw error
  }
  throw new Error('expected a RegistryError, was none')
}
