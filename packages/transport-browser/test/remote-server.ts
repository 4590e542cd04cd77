import type { ConformanceServer, ServerLink } from '@holdfast/testkit/conformance'
import { commands } from 'vitest/browser'
import { pack, unpack } from './packed-frame.ts'
import type { ServerCommands } from './server-commands.ts'

declare module 'vitest/browser' {
  interface BrowserCommands extends ServerCommands {}
}

/** The conformance suite's server, in Node.js, used from a test in the browser. */
export interface RemoteServer extends ConformanceServer {
  /** How commands name it. */
  readonly number: number
  readonly url: string
  close(): Promise<void>
}

/** `overHttp`: it takes no upgrades, and what a gateway carries over HTTP. */
export async function startRemoteServer(overHttp = false): Promise<RemoteServer> {
  const { server, url } = await commands.startServer(overHttp)
  return {
    number: server,
    url,
    plan: (plan) => commands.planDial(server, JSON.stringify(plan)),
    dialed: () => commands.awaitDial(server),
    idle: () => commands.awaitIdle(server),
    close: () => commands.stopServer(server),
    link: async () => {
      const { link, requestHeaders } = await commands.takeLink(server)
      return remoteLink(link, requestHeaders)
    },
  }
}

function remoteLink(link: number, requestHeaders: Readonly<Record<string, string>>): ServerLink {
  return {
    requestHeaders,
    send: (frame) => commands.linkSend(link, pack(frame)),
    sendFragments: (parts) => commands.linkSendFragments(link, parts),
    received: async (count) => (await commands.linkReceived(link, count)).map(unpack),
    bufferedBytes: () => commands.linkBufferedBytes(link),
    close: (code, reason) => commands.linkClose(link, code, reason),
    drop: () => commands.linkDo(link, 'drop'),
    stall: () => commands.linkDo(link, 'stall'),
    unstall: () => commands.linkDo(link, 'unstall'),
    ended: () => commands.linkEnded(link),
  }
}
