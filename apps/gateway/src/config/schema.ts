import { resolve } from 'node:path'
import { z } from 'zod'
import {
  listOf,
  readAdvertise,
  readAgent,
  readAgentVariable,
  readBasePath,
  readFolder,
  readHost,
  readNode,
  readOrigin,
  readPeer,
  readPod,
  readPort,
  readSeconds,
  readShards,
  readShell,
  readShellUser,
  readStore,
  readToken,
  Unusable,
} from './readers.ts'

/** What people read about a setting beside its description and its default. */
export interface SettingNotes {
  /** The environment variable that its flag wins over. */
  readonly env: string
  /** What its value is called; absent for a switch. */
  readonly value?: string | undefined
  /** What holds where nothing is said, where that is no text to write in its place. */
  readonly otherwise?: string | undefined
  /** Its variable has one value a line, since blanks are part of them. */
  readonly isByLine?: true | undefined
  /** Only the environment has it: flags can be read in the list of processes. */
  readonly isWithoutFlag?: true | undefined
  /** It is a secret, or may contain one: never repeated, and hidden from programs of the same user. */
  readonly isSecret?: true | undefined
}

/** The notes of each setting. */
export const settingNotes: z.core.$ZodRegistry<SettingNotes> = z.registry<SettingNotes>()

/** Every setting of the gateway (gateway.md, Start): what is said of it becomes what it means. */
export const settingsSchema = z
  .object({
    host: z
      .string()
      .transform(reading(readHost))
      .prefault('127.0.0.1')
      .describe('address to bind, or unix:/path of a socket')
      .register(settingNotes, { env: 'HOLDFAST_HOST', value: 'address' }),
    port: z
      .string()
      .transform(reading(readPort))
      .prefault('4600')
      .describe('port to listen on; 0: any free one')
      .register(settingNotes, { env: 'HOLDFAST_PORT', value: 'number' }),
    'tls-cert': z
      .string()
      .transform((path) => resolve(path))
      .optional()
      .describe('certificate (PEM, with its chain) for https; read again when it changes')
      .register(settingNotes, { env: 'HOLDFAST_TLS_CERT', value: 'file', otherwise: 'plain http' }),
    'tls-key': z
      .string()
      .transform((path) => resolve(path))
      .optional()
      .describe('key of the certificate (PEM)')
      .register(settingNotes, { env: 'HOLDFAST_TLS_KEY', value: 'file', otherwise: 'none' }),
    'base-path': z
      .string()
      .transform(reading(readBasePath))
      .prefault('/')
      .describe('path below which a proxy that does not strip it serves this gateway, such as /holdfast')
      .register(settingNotes, { env: 'HOLDFAST_BASE_PATH', value: 'path' }),
    data: z
      .string()
      .transform(reading(readFolder))
      .prefault('.holdfast')
      .describe('folder of the embedded store and of shells')
      .register(settingNotes, { env: 'HOLDFAST_DATA', value: 'folder' }),
    store: z
      .string()
      .transform(reading(readStore))
      .prefault('embedded')
      .describe(
        'where sessions are kept: embedded (durable, this machine), memory, or nats://host:port,… (many gateways)',
      )
      .register(settingNotes, { env: 'HOLDFAST_STORE', value: 'store', isSecret: true }),
    node: z
      .string()
      .transform(reading(readNode))
      .optional()
      .describe('name of this gateway among those that share a store; no two may have one')
      .register(settingNotes, {
        env: 'HOLDFAST_NODE',
        value: 'name',
        otherwise: "the machine's name and the port",
      }),
    advertise: z
      .string()
      .transform(reading(readAdvertise))
      .optional()
      .describe('where the other gateways reach this one, such as http://10.0.0.7:4600')
      .register(settingNotes, { env: 'HOLDFAST_ADVERTISE', value: 'url', otherwise: 'where it listens' }),
    token: z
      .array(z.string().transform(reading(readToken)))
      .prefault([])
      .describe('secret, or secret=principal:scope+scope; scopes: lead observe control shell track admin')
      .register(settingNotes, {
        env: 'HOLDFAST_TOKENS',
        value: 'token',
        otherwise: 'a random one, printed once',
        isSecret: true,
      }),
    origin: z
      .array(z.string().transform(reading(readOrigin)))
      .prefault([])
      .describe('a browser origin that is allowed')
      .register(settingNotes, { env: 'HOLDFAST_ORIGINS', value: 'origin', otherwise: 'own host' }),
    'trust-proxy': z
      .array(z.string())
      .transform((all) => all.flatMap(listOf))
      .pipe(z.array(z.string().transform(reading(readPeer))))
      .prefault([])
      .describe('a proxy whose X-Forwarded headers are believed: address, 10.0.0.0/8, loopback or unix')
      .register(settingNotes, { env: 'HOLDFAST_TRUST_PROXY', value: 'peer', otherwise: 'nobody' }),
    sessions: z
      .enum(['open', 'private'])
      .prefault('open')
      .describe('who may see a session that names no reach. open: any principal with the scope; private: its creator')
      .register(settingNotes, { env: 'HOLDFAST_SESSIONS', value: 'reach' }),
    sharing: z
      .enum(['on', 'off'])
      .prefault('on')
      .describe('whether people may let others into a session or a shell of theirs, by a link or a token that ends')
      .register(settingNotes, { env: 'HOLDFAST_SHARING', value: 'on|off' }),
    shell: z
      .string()
      .transform(reading(readShell))
      .optional()
      .describe('program of a new shell with its arguments, such as "bash -l"; none switches shells off')
      .register(settingNotes, { env: 'HOLDFAST_SHELL', value: 'program', otherwise: '$SHELL or /bin/bash' }),
    'shell-user': z
      .string()
      .transform(reading(readShellUser))
      .optional()
      .describe(
        "user as whom shells run, so that they cannot reach what is the gateway's; needs a gateway that runs as root",
      )
      .register(settingNotes, { env: 'HOLDFAST_SHELL_USER', value: 'name', otherwise: "the gateway's own" }),
    'shell-host': z
      .enum(['process', 'inside'])
      .optional()
      .describe('where shells run. process: they outlive a gateway that dies; inside: they end with it')
      .register(settingNotes, {
        env: 'HOLDFAST_SHELL_HOST',
        value: 'where',
        otherwise: 'process, inside with the memory store',
      }),
    'keep-shells': switchOf('1', '0')
      .describe('shells outlive a gateway that is stopped, for the next one (HOLDFAST_KEEP_SHELLS=1)')
      .register(settingNotes, { env: 'HOLDFAST_KEEP_SHELLS', otherwise: 'off' }),
    record: z
      .enum(['none', 'asked', 'all'])
      .prefault('asked')
      .describe(
        'which shells are recorded, in the data folder. asked: those whose client wants it; all: with a terminal',
      )
      .register(settingNotes, { env: 'HOLDFAST_RECORD', value: 'which' }),
    kubernetes: switchOf('1', '0')
      .describe('kubectl finds pods: gateway (this machine), shell-ID and those of --pod; it needs https')
      .register(settingNotes, { env: 'HOLDFAST_KUBERNETES', otherwise: 'off' }),
    pod: z
      .array(z.string().transform(reading(readPod)))
      .prefault([])
      .describe('a command as a pod for kubectl: attach runs it, exec appends to it; in the variable one a line')
      .register(settingNotes, { env: 'HOLDFAST_PODS', value: 'name=command', otherwise: 'none', isByLine: true }),
    agent: z
      .array(z.string().transform(reading(readAgent)))
      .prefault([])
      .describe('a coding agent that speaks ACP on stdio: clients find it at /acp; in the variable one a line')
      .register(settingNotes, { env: 'HOLDFAST_AGENTS', value: 'name=command', otherwise: 'none', isByLine: true }),
    'agent-folder': z
      .array(z.string().transform(reading(readFolder)))
      .prefault([])
      .describe('a folder below which agents may work; in the variable one a line')
      .register(settingNotes, {
        env: 'HOLDFAST_AGENT_FOLDERS',
        value: 'folder',
        otherwise: 'where the gateway was started',
        isByLine: true,
      }),
    'agent-env': z
      .array(z.string().transform(reading(readAgentVariable)))
      .prefault([])
      .describe("a variable of agents: NAME of the gateway's own, or NAME=value; in the variable one a line")
      .register(settingNotes, {
        env: 'HOLDFAST_AGENT_ENV',
        value: 'variable',
        otherwise: 'none',
        isByLine: true,
        isSecret: true,
      }),
    'agents-file': z
      .string()
      .transform(reading(readFolder))
      .optional()
      .describe(
        'a JSON file of agents, or a folder of them, read anew at each start of an agent: name, command, env, folders, clientCapabilities, showsStderr',
      )
      .register(settingNotes, { env: 'HOLDFAST_AGENTS_FILE', value: 'file', otherwise: 'none' }),
    'end-when-idle': z
      .string()
      .transform(reading(readSeconds))
      .optional()
      .describe('seconds without a client after which it ends, unless an agent is at work or a shell runs')
      .register(settingNotes, { env: 'HOLDFAST_END_WHEN_IDLE', value: 'seconds', otherwise: 'never' }),
    'address-file': switchOf('1', '0')
      .describe('address and first token in gateway.json of the data folder while it runs, for its user alone')
      .register(settingNotes, { env: 'HOLDFAST_ADDRESS_FILE', otherwise: 'off' }),
    json: switchOf('json', 'text')
      .describe('machine-readable lines (HOLDFAST_LOG=json)')
      .register(settingNotes, { env: 'HOLDFAST_LOG', otherwise: 'off' }),
    'nats-shards': z
      .string()
      .transform(reading(readShards))
      .optional()
      .describe('streams over which sessions are spread; fixed when the store is created')
      .register(settingNotes, {
        env: 'HOLDFAST_NATS_SHARDS',
        value: 'number',
        otherwise: '64',
        isWithoutFlag: true,
      }),
    'nats-system': z
      .string()
      .optional()
      .describe("user:password of the servers' system account, only to see how the servers are set up")
      .register(settingNotes, {
        env: 'HOLDFAST_NATS_SYSTEM',
        value: 'account',
        otherwise: 'none',
        isWithoutFlag: true,
        isSecret: true,
      }),
  })
  .refine(({ 'tls-cert': cert, 'tls-key': key }) => cert !== undefined || key === undefined, {
    path: ['tls-cert'],
    error: 'a certificate and its key are given together, and it is missing',
    when: () => true,
  })
  .refine(({ 'tls-cert': cert, 'tls-key': key }) => key !== undefined || cert === undefined, {
    path: ['tls-key'],
    error: 'a certificate and its key are given together, and it is missing',
    when: () => true,
  })
  .refine(({ 'address-file': isWritten, store }) => !isWritten || store.store === 'embedded', {
    path: ['address-file'],
    error: 'it belongs to a data folder, so it needs the embedded store',
    when: () => true,
  })
  .refine((settings) => settings['shell-host'] !== 'inside' || !settings['keep-shells'], {
    path: ['keep-shells'],
    error: 'shells can only be kept with --shell-host process',
    when: () => true,
  })

/** What `read` makes of a text; what it throws as unusable becomes the issue. */
function reading<T>(read: (text: string) => T) {
  return (text: string, context: z.RefinementCtx<string>): T => {
    try {
      return read(text)
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      context.addIssue({ code: 'custom', message: error.message, input: text })
      return z.NEVER
    }
  }
}

/** A flag without a value, and the two words that its variable may have. */
function switchOf(on: string, off: string) {
  return z
    .union([z.boolean(), z.enum([on, off])], { error: () => `expected ${on} or ${off}` })
    .transform((value) => value === true || value === on)
    .prefault(false)
}
