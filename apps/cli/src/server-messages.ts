import { OpenError } from '@holdfast/core'

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
