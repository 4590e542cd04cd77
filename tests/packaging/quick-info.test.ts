import { join } from 'node:path'
import ts from 'typescript-5'
import { expect, it } from 'vitest'

/** Programs as users write them. Each name behind a comment that is a question mark is hovered over. */
const PROGRAM = `
import { type ClientProtocol, Connection, jsonProtocol } from '@holdfast/core'
import { live } from '@holdfast/core/live'
import { acpStream } from '@holdfast/acp'
import { HubClient, HubObserver } from '@holdfast/hub'
import { SessionSubscription } from '@holdfast/sessions'
import { ShellSession } from '@holdfast/shell'
import { TrackerAgent } from '@holdfast/tracker'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'

interface News { readonly text: string }
interface Command { readonly do: string }
interface Welcome { readonly user: string; readonly resumed: boolean }

const transport = nodeWebSocket()
const target = 'wss://example.com/'

const /*?*/plain = new Connection({ transport, target, onMessage: (/*?*/anything) => anything })
const /*?*/told = new Connection<News, Command>({ transport, target })
const /*?*/typed = new Connection({
  transport,
  target,
  protocol: jsonProtocol<News, Command>(),
  onMessage: (/*?*/news) => news.text,
})
const protocol: ClientProtocol<News, Command, string | Uint8Array, string | Uint8Array, Welcome> = {
  name: 'mine',
  codec: jsonProtocol<News, Command>().codec,
  handshake: async () => ({ user: 'ann', resumed: false }),
}
const /*?*/welcomed = new Connection({ transport, target, protocol })
const /*?*/ready = welcomed.ready
welcomed.on('open', ({ /*?*/ready }) => ready?.user)
const { /*?*/connection } = live(target, { transport, protocol: jsonProtocol<News, Command>() })

const url = 'https://example.com'
const /*?*/hub = new HubClient({ transport, url, sessionId: 's1' })
const /*?*/engine = hub.connection
const /*?*/observer = new HubObserver({ transport: eventStream(), url, sessionId: 's1' })
const /*?*/seen = observer.connection
const /*?*/shell = new ShellSession({ transport, url })
const /*?*/session = new SessionSubscription({ transport, url, sessionId: 's1', token: 'secret' })
const /*?*/agent = new TrackerAgent({ transport, url, token: 'secret' })
const /*?*/acp = acpStream({ transport, url })

typed.send({ do: 'go' })
welcomed.send({ do: 'go' })
// @ts-expect-error: what is sent is a command
typed.send({ text: 'go' })
// @ts-expect-error: what the protocol sends, the transport cannot carry
new Connection({ transport: eventStream(), target, protocol })
`

const FILE = join(import.meta.dirname, 'hovered.ts')
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  types: ['node'],
}

/** The service that answers editors, with the program as a file of this folder. */
function languageService(): ts.LanguageService {
  const read = (file: string): string | undefined => (file === FILE ? PROGRAM : ts.sys.readFile(file))
  return ts.createLanguageService({
    getScriptFileNames: () => [FILE],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const text = read(file)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => import.meta.dirname,
    getCompilationSettings: () => OPTIONS,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === FILE || ts.sys.fileExists(file),
    readFile: read,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath ?? ((path) => path),
  })
}

it('the tooltip of a connection shows what it is in words, and messages are inferred', { timeout: 60_000 }, () => {
  const service = languageService()
  const wrong = [...service.getSyntacticDiagnostics(FILE), ...service.getSemanticDiagnostics(FILE)]
  expect(wrong.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
  const shown = [...PROGRAM.matchAll(/\/\*\?\*\//g)].map(({ index }) =>
    ts.displayPartsToString(service.getQuickInfoAtPosition(FILE, index + '/*?*/'.length)?.displayParts),
  )
  expect(shown).toEqual([
    'const plain: Connection<unknown, unknown>',
    '(parameter) anything: unknown',
    'const told: Connection<News, Command>',
    'const typed: Connection<News, Command>',
    // Handlers do not say what messages are: the protocol does.
    '(parameter) news: NoInfer<News>',
    'const welcomed: HandshakeConnection<News, Command, Welcome>',
    'const ready: Welcome | undefined',
    '(parameter) ready: Welcome | undefined',
    'const connection: Connection<News, Command>',
    'const hub: HubClient',
    'const engine: HubConnection',
    'const observer: HubObserver',
    'const seen: Connection<HubSseEvent, never>',
    'const shell: ShellSession',
    'const session: SessionSubscription',
    'const agent: TrackerAgent',
    'const acp: AcpStream',
  ])
})
