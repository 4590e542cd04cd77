import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const MOST_LINES = 300
const LEAST_LINES = 25
const MOST_FILES = 15
const MOST_SHARE = 0.16

interface Source {
  /** Below the root of the repository. */
  readonly file: string
  readonly text: string
  readonly lines: number
}

/** What people wrote, of packages and programs, without tests. */
const SOURCES: readonly Source[] = ['packages', 'apps'].flatMap((kind) =>
  readdirSync(join(root, kind)).flatMap((name) => {
    const src = join(root, kind, name, 'src')
    return readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !/(^|\/)generated\//.test(file))
      .map((file) => {
        const text = readFileSync(join(src, file), 'utf8')
        return { file: relative(root, join(src, file)), text, lines: text.split('\n').length - 1 }
      })
  }),
)

/** Files that have one concept which is longer, and how long each may be: whoever shortens one moves its bound down. */
const LONG: Readonly<Record<string, { readonly most: number; readonly why: string }>> = {
  'packages/core/src/connection/attempt.ts': {
    most: 344,
    why: 'one attempt is one object, from target to end, with when it dialed, and the link of its handshake; its codec may take messages one at a time',
  },
  'packages/shell-host/src/shell/shell.ts': { most: 355, why: 'one shell: program, output, clients, end' },
  'packages/tabs/src/host/tab-host.ts': {
    most: 315,
    why: 'one host: its connection, its tabs, what each of them gets',
  },
}

/** Folders whose files belong together though they are more, and how many they may be. */
const FULL: Readonly<Record<string, { readonly most: number; readonly why: string }>> = {
  'apps/cli/src': { most: 50, why: 'what several commands share; the commands are a folder' },
  'apps/cli/src/commands': { most: 24, why: 'one file a command' },
  'apps/console/src/view': { most: 46, why: 'one file a part of the page' },
  'apps/console/src/state': { most: 25, why: 'one file a thing that the page knows' },
  'apps/demo/src/live': { most: 17, why: 'one file a scene' },
  'apps/gateway/src': { most: 29, why: 'one file a thing that a gateway is made of' },
  'packages/contract/src': { most: 20, why: 'one file a word' },
  'packages/core/src/connection': { most: 27, why: 'the parts of the engine; the machine is a folder' },
  'packages/hub/src/compat': { most: 18, why: 'one file a published part' },
  'packages/hub/src': { most: 23, why: 'one client; its REST and its published face are folders' },
  'packages/log/src': { most: 19, why: 'the interface, the rules, the log in memory' },
  'packages/server/src/hub/session': { most: 17, why: 'one session and its parts' },
  'packages/server/src/tracker': { most: 18, why: 'one product' },
  'packages/shell/src': { most: 27, why: 'one client; its published face is a folder' },
  'packages/store-nats/src': { most: 39, why: 'one store: streams, buckets, writers' },
  'packages/store-sqlite/src': { most: 29, why: 'one store: both sides of its thread' },
  'packages/terminal/src': { most: 38, why: 'one file a part of what terminals say' },
  'packages/testkit/src': { most: 29, why: 'one file a tool' },
}

it('no file is longer than one concept needs', () => {
  const long = SOURCES.filter(({ file, lines }) => lines > (LONG[file]?.most ?? MOST_LINES))
  expect(long.map(({ file, lines }) => `${file} ${lines}`)).toEqual([])
})

it('a file that is listed as long is there, and longer than others may be', () => {
  const known = new Map(SOURCES.map(({ file, lines }) => [file, lines]))
  expect(Object.keys(LONG).filter((file) => (known.get(file) ?? 0) <= MOST_LINES)).toEqual([])
})

/** How many files of the same package name this one. */
function usersOf({ file }: Source): number {
  const name = basename(file)
  const [kind, folder] = file.split('/')
  const within = SOURCES.filter((other) => other.file !== file && other.file.startsWith(`${kind}/${folder}/`))
  return within.filter((other) => {
    const found = [...other.text.matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)]
    return found.some(([, from, dynamic]) => join(dirname(other.file), from ?? dynamic ?? '') === file && name !== '')
  }).length
}

/** Only names of others: an entry, or a part of one. */
function isDoor({ text }: Source): boolean {
  const rest = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/^(?:export|import) (?:type )?(?:\*(?: as \w+)?|\{[^}]*\}) from '[^']+'$/gm, '')
    .replace(/^import '[^']+'$/gm, '')
  return rest.trim() === ''
}

/** Whether bundlers, runtimes or package.json choose it by its name. */
function isChosen({ file, text }: Source): boolean {
  const [kind = '', folder = ''] = file.split('/')
  const manifest = readFileSync(join(root, kind, folder, 'package.json'), 'utf8')
  return (
    manifest.includes(basename(file).replace(/\.tsx?$/, '')) || text.includes('new Worker') || /main\.tsx?$/.test(file)
  )
}

/** Small files that one other file uses, and why they are no part of it. */
const SMALL: Readonly<Record<string, string>> = {
  'packages/chaos-proxy/src/with-seed.ts': 'the seed is a choice of the proxy, not a part of its faults',
  'packages/conformance/src/acp/acp-clients.ts': 'the check of one wire, above its rows',
  'packages/conformance/src/acp/run-agent.ts': 'the pipes of an agent, without the agent',
  'packages/conformance/src/hub/hub-clients.ts': 'the check of one wire, above its rows',
  'packages/conformance/src/shell/shell-clients.ts': 'the check of one wire, above its rows',
  'packages/conformance/src/shell/shell-servers.ts': 'the check of one wire, above its rows',
  'packages/contract/src/abort.ts': 'one word of the contract a file',
  'packages/contract/src/certificate.ts': 'one word of the contract a file',
  'packages/contract/src/random.ts': 'one word of the contract a file',
  'packages/contract/src/parse-retry-after.ts': 'where a stranger looks for Retry-After',
  'packages/core/src/connection/cause-of.ts': 'below two parts that would need each other',
  'packages/core/src/connection/clock-skew.ts': 'where a stranger looks for clocks that are wrong',
  'packages/core/src/support/in-order.ts': 'one part for authors a file',
  'packages/hub/src/hub-client-rules.ts': 'what differs from other clients, without the link',
  'packages/hub/src/message-stream.ts': 'one iterator a file',
  'packages/hub/src/observer-stream.ts': 'one iterator a file',
  'packages/hub/src/compat/events.ts': 'what published clients call something',
  'packages/protocol/src/hub/actions.ts': 'one fact of the wire a file',
  'packages/protocol/src/hub/bootstrap.ts': 'one fact of the wire a file',
  'packages/protocol/src/sessions/close-codes.ts': 'one fact of the wire a file',
  'packages/protocol/src/shell/control.ts': 'one fact of the wire a file',
  'packages/protocol/src/shell/listing.ts': 'one fact of the wire a file',
  'packages/protocol/src/shell/schemas/recording.ts': 'schemas of one part of the wire',
  'packages/react/src/use-connection.ts': 'one hook a file',
  'packages/react/src/use-doctor.ts': 'one hook a file',
  'packages/shell-host/src/client/caught-up.ts': 'what stands for output that is gone, without who is sent it',
  'packages/shell-host/src/client/dialects/dialect-agentcore.ts': 'one dialect a file',
  'packages/shell-host/src/client/dialects/dialect-k8s-v4.ts': 'one dialect a file',
  'packages/shell-host/src/client/dialects/dialects.ts': 'the table of the dialects',
  'packages/shell-host/src/screen/screen-worker.ts': 'what runs in a thread',
  'packages/shell-host/src/shell/resume-offer.ts': 'one frame of the wire',
  'packages/store-sqlite/src/private-folder.ts': 'the only part that touches folders',
  'packages/testkit/src/conformance/mailbox.ts': 'a tool of the suites, without their cases',
  'packages/transport-node/src/accept.ts': 'an entry',
  'packages/transport-stream/src/node/last-words.ts': 'a bound in bytes, without what is bounded',
  'packages/transport-sse/src/system-fetch.ts': "chosen by the runtime's condition",
  'packages/transport-sse/src/node/event-stream.ts': "chosen by the runtime's condition",
  'packages/transport-sse/src/node/system-fetch.ts': "chosen by the runtime's condition",
  'apps/cli/src/commands/completion.ts': 'one command a file',
  'apps/console/src/css.d.ts': 'what the compiler knows of style sheets',
  'apps/console/src/rich/printed.tsx': 'one part of the page a file',
  'apps/gateway/src/shells-off.ts': 'an endpoint of its own',
  'apps/demo/src/agent-place.ts':
    'where it is found from the sources, from what is built of them, and from what npm start makes',
  'apps/gateway/src/config/setting.ts': 'below the schema and what is generated of it',
}

it('an example of a client has at most 60 lines beside the messages of its wire', () => {
  const folder = join(root, 'examples')
  const clients = readdirSync(folder).flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => file.endsWith('-client.ts'))
      .map((file) => join(name, file)),
  )
  expect(clients.length).toBeGreaterThanOrEqual(7)
  const long = clients.filter((file) => readFileSync(join(folder, file), 'utf8').split('\n').length - 1 > 60)
  expect(long).toEqual([])
})

it('a file is small because several need it, or because it is a door', () => {
  const small = SOURCES.filter(({ lines }) => lines < LEAST_LINES)
  const alone = small.filter((source) => !isDoor(source) && usersOf(source) < 2 && !isChosen(source))
  expect(alone.map(({ file }) => file).filter((file) => !(file in SMALL))).toEqual([])
})

it('no folder has more files than belong together', () => {
  const counts = new Map<string, number>()
  for (const { file } of SOURCES) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  const full = [...counts].filter(([folder, count]) => count > (FULL[folder]?.most ?? MOST_FILES))
  expect(full.map(([folder, count]) => `${folder} ${count}`)).toEqual([])
})

it('no package has more than 16 % of the source', () => {
  const all = SOURCES.reduce((sum, { lines }) => sum + lines, 0)
  const shares = new Map<string, number>()
  for (const { file, lines } of SOURCES) {
    const name = file.split('/').slice(0, 2).join('/')
    shares.set(name, (shares.get(name) ?? 0) + lines / all)
  }
  expect([...shares].filter(([, share]) => share > MOST_SHARE)).toEqual([])
  expect(Math.max(...shares.values())).toBeGreaterThan(0.08)
})
