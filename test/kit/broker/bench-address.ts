// What test files are told about the broker and registry that they share. It starts nothing.

export interface BenchAddress {
  /** host:port; empty where there is none. */
  readonly brokers: string[]
  /** Base address without a path; empty where there is none. */
  readonly registryUrl: string
  /** Where it comes from. */
  readonly from: 'environment' | 'container' | 'java' | 'nowhere'
  /** Why there is none. */
  readonly problem: string
  /** Why no test can start a broker of its own to kill it; empty if it can. */
  readonly faultProblem: string
}

declare module 'vitest' {
  interface ProvidedContext {
    bench: BenchAddress
  }

  interface TaskMeta {
    /** Why a test was skipped before it began. */
    skipReason?: string
  }
}
