import { OpenError } from '@holdfast/core'
import { printable } from './printable.ts'

/** The sentence in a gateway's error body, or in a `Status` of Kubernetes; undefined where it is neither. */
export function messageIn(text: string): string | undefined {
  try {
    const { error, ...status }: { readonly [name: string]: unknown } = { ...Object(JSON.parse(text)) }
    const { message }: { readonly [name: string]: unknown } = error === undefined ? status : { ...Object(error) }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/** The sentence with which a server refused a connection, whatever the error was wrapped in; undefined where it said none. */
export function saidBy(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof OpenError && at.details.body !== undefined) return messageIn(at.details.body)
  }
  return undefined
}

/** What a server that answered gave as its reason, from the cause of a change of status. */
export function refusalIn(cause: unknown): string | undefined {
  const { kind, code, reason, error }: { readonly [name: string]: unknown } = { ...Object(cause) }
  if (kind === 'close') return typeof code === 'number' && code >= 4000 && reason !== '' ? String(reason) : undefined
  const body = error instanceof OpenError ? error.details.body : undefined
  return body === undefined ? undefined : messageIn(body)
}

/** Why a client waits: the gateway's own words where it answered. */
export class WaitReason {
  readonly #url: string
  #said: string | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** To be called with the cause of every change of status that has one. */
  heard(cause: unknown): void {
    if (cause !== undefined) this.#said = refusalIn(cause)
  }

  toString(): string {
    const said =
      this.#said === undefined
        ? ''
        : printable(this.#said)
            .replaceAll(/\s+/g, ' ')
            .replace(/[.\s]+$/, '')
    return said === '' ? `${this.#url} is not reachable` : `${this.#url} says: ${said}`
  }
}
