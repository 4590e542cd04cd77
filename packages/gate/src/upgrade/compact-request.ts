import { IncomingMessage } from 'node:http'

/** What is kept of a request. */
interface RequestFields {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
}

/**
 * The request of a connection that is open, for a later question about it: its method, target, headers and socket, in a
 * tenth of what an `IncomingMessage` takes.
 */
export class CompactRequest {
  readonly #socket: IncomingMessage['socket']
  readonly #text: string

  constructor({ socket, method, url, headers }: IncomingMessage) {
    this.#socket = socket
    this.#text = JSON.stringify({ method, url, headers } satisfies RequestFields)
  }

  /** Made anew each time. Its raw headers have lower-case names. */
  get request(): IncomingMessage {
    const { method, url, headers }: RequestFields = JSON.parse(this.#text)
    const request = new IncomingMessage(this.#socket)
    request.method = method
    request.url = url
    request.headers = headers
    request.rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().flatMap((one) => [name, one]),
    )
    return request
  }
}
