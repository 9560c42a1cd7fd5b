// Settings of a listener with TLS and SASL, for tests of security settings.
import { makeCertificates } from './certificates.ts'

/** How a client gets in. */
export interface SecureAccess {
  /** host:port with TLS and SASL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly brokers: string[]
  /** host:port with TLS alone. */
  readonly tlsBrokers: string[]
  /** PEM file of the authority that signed the broker's certificate. */
  readonly caFile: string
  readonly username: string
  readonly password: string
}

const username = 'trader'
const password = 'trader-secret'

/** Server settings and arguments for formatting the storage, so that the user exists from the first start. */
export function secureListener(
  directory: string,
  saslPort: number,
  tlsPort: number,
): {
  readonly access: SecureAccess
  readonly properties: Readonly<Record<string, string>>
  readonly formatArgs: readonly string[]
} {
  const { caFile, keyStoreFile } = makeCertificates(directory)
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const prefix = 'listener.name.sasl'
  const scramUser = `[name=${username},password=${password}]`
  return {
    access: {
      brokers: [`127.0.0.1:${saslPort}`],
      tlsBrokers: [`127.0.0.1:${tlsPort}`],
      caFile,
      username,
      password,
    },
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keyStoreFile,
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      [`${prefix}.plain.sasl.jaas.config`]: `${plain} user_${username}="${password}";`,
      [`${prefix}.scram-sha-256.sasl.jaas.config`]: scram,
      [`${prefix}.scram-sha-512.sasl.jaas.config`]: scram,
    },
    formatArgs: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=${scramUser}`,
    ]),
  }
}
