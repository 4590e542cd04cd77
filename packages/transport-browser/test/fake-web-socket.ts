import type { CloseEventLike, WebSocketConstructor, WebSocketLike } from '../src/index.ts'

/** A socket that does only what the test says. */
export class FakeWebSocket implements WebSocketLike {
  binaryType = 'blob'
  readyState = 0
  bufferedAmount = 0
  protocol: string | null = ''
  onopen: WebSocketLike['onopen'] = null
  onmessage: WebSocketLike['onmessage'] = null
  onerror: WebSocketLike['onerror'] = null
  onclose: WebSocketLike['onclose'] = null
  readonly url: string
  readonly protocols: string[] | undefined
  readonly sent: (string | Uint8Array)[] = []
  readonly closes: (readonly [code: number | undefined, reason: string | undefined])[] = []

  constructor(url: string, protocols?: string[]) {
    this.url = url
    this.protocols = protocols
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data)
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason])
    this.readyState = 2
  }

  /** Whether anything but a swallower of errors still listens. */
  get isHeard(): boolean {
    return [this.onopen, this.onmessage, this.onclose].some((handler) => handler !== null)
  }

  opens(): void {
    this.readyState = 1
    this.onopen?.({})
  }

  says(data: string | ArrayBuffer): void {
    this.onmessage?.({ data })
  }

  errs(fields: object = {}): void {
    this.onerror?.(fields)
  }

  ends(fields: Partial<CloseEventLike>): void {
    this.readyState = 3
    this.onclose?.({ code: 1006, reason: '', wasClean: false, ...fields })
  }
}

/** A constructor, and the sockets that it has made. */
export function fakeWebSockets(): { readonly WebSocket: WebSocketConstructor; readonly made: FakeWebSocket[] } {
  const made: FakeWebSocket[] = []
  return {
    made,
    WebSocket: class extends FakeWebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols)
        made.push(this)
      }
    },
  }
}
