import { testkitError } from './errors.ts'
import { printable } from './printable.ts'
import { type Audit, Violations } from './violations.ts'

/** Shorter words would be found by chance. */
const MIN_SECRET_LENGTH = 6

/** No credential is in anything that it is shown: logs, events, errors, status. A finding never repeats the secret. */
export class SecretAudit implements Audit {
  readonly #forms: readonly { readonly at: number; readonly text: string }[]
  readonly #violations = new Violations()

  /** @throws `testkit/invalid_option` for a secret of fewer than six characters. */
  constructor(secrets: readonly string[]) {
    this.#forms = secrets.flatMap((secret, at) => {
      if (secret.length < MIN_SECRET_LENGTH) {
        throw testkitError(
          'testkit/invalid_option',
          `expected secrets of at least ${MIN_SECRET_LENGTH} characters, got one of ${secret.length}`,
        )
      }
      return [...new Set([secret, encodeURIComponent(secret), base64(secret)])].map((text) => ({ at, text }))
    })
  }

  /** Looks at all that the value says, deeply: plain, percent-encoded and in base64. */
  shown(where: string, value: unknown): void {
    const text = typeof value === 'string' ? value : printable(value)
    const found = new Set(this.#forms.filter((form) => text.includes(form.text)).map(({ at }) => at))
    for (const at of found) this.#violations.add(`secret ${at} is in ${where}`)
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}

function base64(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary).replace(/=+$/, '')
}
