// What this system needs of a schema registry: the API that Redpanda, Confluent and Apicurio have in common, and no more.
// All of it rejects with a RegistryError. The promises are held to by test/connectors/registry/contract.ts.
import type { Compatibility } from '../../schemas/topic.ts'

/** A version of a subject. The id is the registry's: equal texts under two subjects may share it. */
export interface Registered {
  readonly id: number
  readonly version: number
  readonly text: string
}

export interface Verdict {
  readonly compatible: boolean
  /** Reasons, from registries that give them. */
  readonly messages: readonly string[]
}

export interface SchemaRegistry {
  /** Base URL, for people. */
  readonly url: string
  /** Resolves when the registry answers. */
  reach(): Promise<void>
  subjects(): Promise<readonly string[]>
  /** Version numbers in order; empty when there is no such subject. */
  versions(subject: string): Promise<readonly number[]>
  /** One version; null when it is not there. */
  version(subject: string, version: number | 'latest'): Promise<Registered | null>
  /** The text of an id; null when nothing has it. */
  schema(id: number): Promise<string | null>
  /** The version that means the same as this text, however it is formatted; null when there is none. */
  find(subject: string, text: string): Promise<Registered | null>
  /**
   * Makes the text a version of the subject, which has the level from then on. A text that it has already (see `find`), docs
   * included, stays the version that it is. Rejects INCOMPATIBLE when it may not follow the subject's earlier versions.
   */
  register(subject: string, text: string, level: Compatibility): Promise<Registered>
  /** The registry's verdict on the text after one version, by the level that the subject has there. */
  judge(subject: string, version: number, text: string): Promise<Verdict>
  /** The subject's own level; null when it has none and the registry's applies. */
  level(subject: string): Promise<string | null>
  /** Sets the subject's level; the subject need not be there yet. */
  setLevel(subject: string, level: Compatibility): Promise<void>
}

/** The subject of a topic's values (strategy: topic name). */
export function subjectOf(prefix: string, topic: string): string {
  return `${prefix}${topic}-value`
}
