declare module 'stomp-broker-js' {
  import type { Server } from 'node:http'

  /** A broker; only what is used of it. */
  export default class StompServer {
    /** `heartbeat`: what it can do and what it wants, in milliseconds, of which it does one. */
    constructor(options: { server: Server; path: string; heartbeat: readonly [number, number] })
    subscribes: readonly { readonly socket: { readonly readyState: number } }[]
    addMiddleware(command: 'send', run: (socket: unknown, sent: unknown, next: () => unknown) => unknown): void
    on(event: 'subscribe', listener: (subscription: { id: string; topic: string }) => void): void
  }
}
