/** What is read of a body: a part of the `ReadableStream` of bytes that `fetch` gives. */
export interface ReadableBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

/**
 * The text of a body, which is UTF-8; `undefined` where it has more bytes, or more characters, than these: the rest is
 * cancelled then. Rejects with what the body itself rejects with.
 */
export async function bodyText(
  body: ReadableBody,
  maxBytes: number,
  maxChars: number = maxBytes,
): Promise<string | undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done || value === undefined) return text + decoder.decode()
    bytes += value.length
    text += decoder.decode(value, { stream: true })
    if (bytes > maxBytes || text.length > maxChars) {
      await reader.cancel().catch(() => {})
      return undefined
    }
  }
}
