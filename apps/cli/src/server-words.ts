/** The sentence in a gateway's error body; undefined where it is no such body. */
export function messageIn(text: string): string | undefined {
  try {
    const { error }: { readonly [name: string]: unknown } = { ...Object(JSON.parse(text)) }
    const { message }: { readonly [name: string]: unknown } = { ...Object(error) }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
