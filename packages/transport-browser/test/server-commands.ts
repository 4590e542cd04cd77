import type { DialPlan, ServerLink } from '@holdfast/testkit/conformance'
import type {
  WebSocketConformanceServer,
  WebSocketServerOptions,
} from '@holdfast/testkit/conformance/web-socket-server'
import type { BrowserCommand } from 'vitest/node'
import { type OfflineReport, offlineAndBack } from './offline-command.ts'
import { type Packed, pack, unpack } from './packed-frame.ts'

/** What tests in the browser may ask the conformance suite's server in Node.js. Links are known by their number. */
export interface ServerCommands {
  /** `overHttp`: it takes no upgrades, and what a gateway carries over HTTP. */
  startServer(overHttp?: boolean): Promise<{ readonly server: number; readonly url: string }>
  stopServer(server: number): Promise<void>
  planDial(server: number, plan: string): Promise<void>
  awaitDial(server: number): Promise<void>
  awaitIdle(server: number): Promise<void>
  takeLink(server: number): Promise<{ readonly link: number; readonly requestHeaders: Record<string, string> }>
  linkSend(link: number, frame: Packed): Promise<void>
  /** `count` texts in one go: `{"n":0,"text":"…"}`, of so many characters each. */
  linkSendMany(link: number, count: number, characters: number): Promise<void>
  linkSendFragments(link: number, parts: readonly string[]): Promise<void>
  linkReceived(link: number, count: number): Promise<readonly Packed[]>
  linkBufferedBytes(link: number): Promise<number>
  linkClose(link: number, code?: number, reason?: string): Promise<void>
  linkDo(link: number, what: 'drop' | 'stall' | 'unstall'): Promise<void>
  offlineAndBack(server: number): Promise<OfflineReport>
  linkEnded(link: number): Promise<{ readonly code?: number; readonly reason: string; readonly clean: boolean }>
}

type Commands = {
  readonly [Name in keyof ServerCommands]: BrowserCommand<Parameters<ServerCommands[Name]>>
}

/** The commands, to be given to vitest's browser mode. */
export function serverCommands(): Commands {
  const servers: WebSocketConformanceServer[] = []
  const links: ServerLink[] = []
  const serverOf = (number: number): WebSocketConformanceServer => known(servers[number])
  const linkOf = (number: number): ServerLink => known(links[number])
  return {
    startServer: async (_, isOverHttp = false) => {
      // Loaded when it is needed, since vitest's configuration imports this file, and that must work before a build.
      const { startWebSocketServer } = await import('@holdfast/testkit/conformance/web-socket-server')
      const started = await startWebSocketServer(isOverHttp ? { carry: await carrying() } : {})
      return { server: servers.push(started) - 1, url: started.url }
    },
    stopServer: (_, server) => serverOf(server).close(),
    planDial: (_, server, plan) => serverOf(server).plan(JSON.parse(plan) as DialPlan),
    awaitDial: (_, server) => serverOf(server).dialed(),
    awaitIdle: (_, server) => serverOf(server).idle(),
    takeLink: async (_, server) => {
      const link = await serverOf(server).link()
      return { link: links.push(link) - 1, requestHeaders: link.requestHeaders }
    },
    linkSend: (_, link, frame) => linkOf(link).send(unpack(frame)),
    linkSendMany: (_, link, count, characters) => {
      const text = 'x'.repeat(characters)
      for (let n = 0; n < count; n += 1) linkOf(link).send(JSON.stringify({ n, text }))
    },
    linkSendFragments: (_, link, parts) => linkOf(link).sendFragments?.(parts),
    linkReceived: async (_, link, count) => (await linkOf(link).received(count)).map(pack),
    linkBufferedBytes: (_, link) => linkOf(link).bufferedBytes(),
    linkClose: (_, link, code, reason) => linkOf(link).close(code, reason),
    linkDo: (_, link, what) => linkOf(link)[what](),
    offlineAndBack: (context, server) =>
      offlineAndBack(context, serverOf(server).url, async () => (await serverOf(server).link()).drop()),
    linkEnded: async (_, link) => (await linkOf(link).ended()) as Awaited<ReturnType<ServerCommands['linkEnded']>>,
  }
}

/** Pages of every origin may come: those of the tests have another than their server. */
async function carrying(): Promise<WebSocketServerOptions['carry']> {
  const { overHttp } = await import('@holdfast/gate')
  return (upgrade) => {
    const carried = overHttp({ upgrades: [{ handles: () => true, upgrade }], origins: ['*'] })
    return { handle: (request, response) => carried.handle(request, response), close: () => carried.close() }
  }
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('no such server or link')
  return value
}
