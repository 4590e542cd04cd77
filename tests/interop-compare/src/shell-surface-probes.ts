import type { Probe } from './compare.ts'
import { until } from './servers.ts'
import type { Options, Runtime } from './shell-module.ts'
import { ARN, keys, service, settled, stdout } from './shell-support.ts'

const probes: Probe<Runtime>[] = []
const probe = (name: string, run: (runtime: Runtime) => Promise<unknown>): void => void probes.push({ name, run })

const attempt = (run: () => unknown): unknown => {
  try {
    return run()
  } catch {
    return 'throws'
  }
}

probe('channels', async ({ ShellChannel, MAX_FRAME_SIZE }) => [ShellChannel, MAX_FRAME_SIZE])
probe('encode', async ({ ShellFramer }) => {
  const framer = new ShellFramer()
  const frames = [
    framer.encodeStdin('ls\n'),
    framer.encodeStdin(Buffer.from([1, 2])),
    framer.encodeResize(80, 24),
    framer.encodeHeartbeat(),
    framer.encodeClose(),
  ]
  return frames.map((frame) => [Buffer.isBuffer(frame), Buffer.from(frame).toString('latin1')])
})
probe('encode-resize-checks', async ({ ShellFramer }) => {
  const sizes = [
    [0, 24],
    [80.5, 24],
    [-1, 1],
    ['80', 24],
    [80, Number.NaN],
    [70_000, 24],
  ] as const
  return sizes.map(([width, height]) => typeof attempt(() => new ShellFramer().encodeResize(width, height)))
})
probe('encode-too-large', async ({ ShellFramer }) => [
  new ShellFramer().encodeStdin('x'.repeat(65_535)).length,
  attempt(() => new ShellFramer().encodeStdin('x'.repeat(65_536))),
])
probe('decode', async ({ ShellFramer }) => {
  const framer = new ShellFramer()
  const { channel, rawChannelByte, text, payload } = framer.decode(stdout('hi'))
  const json = framer.decode(Buffer.from('\u0003{"a":1}')).json()
  const unknown = framer.decode(Buffer.from([9, 65]))
  return [
    { channel, rawChannelByte, text, json, isBuffer: Buffer.isBuffer(payload) },
    { channel: unknown.channel, rawChannelByte: unknown.rawChannelByte, text: unknown.text },
    attempt(() => framer.decode(Buffer.alloc(0))),
    attempt(() => framer.decode(stdout('nope')).json()),
    framer.decode(Buffer.from([1, 0xe2, 0x82])).text,
    framer.decode(Buffer.alloc(70_000, 1)).payload.length,
  ]
})

// ---- RuntimeClient ------------------------------------------------------------------------------

const client = ({ RuntimeClient }: Runtime, config: Options = {}) =>
  new RuntimeClient({ region: 'us-west-2', credentialsProvider: keys, ...config })
const shell = { runtimeArn: ARN, shellId: 'sh', sessionId: 'se', endpointName: 'DEFAULT' }
/** What a signature changes with the time it was made. */
const stable = (url: string): unknown => {
  const { protocol, host, pathname, searchParams } = new URL(url)
  const fresh = ['X-Amz-Date', 'X-Amz-Signature', 'X-Amz-Credential']
  const query = [...searchParams].map(([name, value]) => [name, fresh.includes(name) ? 'fresh' : value]).sort()
  return { protocol, host, pathname, query }
}
const headerNames = (headers: Readonly<Record<string, string>>): string[] => Object.keys(headers).sort()

probes.push({
  name: 'region',
  alone: true,
  run: async (runtime) => {
    delete process.env['AWS_REGION']
    const without = attempt(() => new runtime.RuntimeClient())
    process.env['AWS_REGION'] = 'eu-west-1'
    const { region } = new runtime.RuntimeClient({ credentialsProvider: keys })
    delete process.env['AWS_REGION']
    return [without, region, client(runtime).region]
  },
})
probes.push({
  name: 'endpoint',
  alone: true,
  run: async (runtime) => {
    const server = await service()
    process.env['BEDROCK_AGENTCORE_DATA_PLANE_ENDPOINT'] = server.url.replace('ws', 'http')
    const auth = { type: 'oauth', bearerToken: 't' }
    const params = { runtimeArn: ARN, shellId: 'x', sessionId: 's'.repeat(36), auth, keepaliveIntervalMs: 0 }
    const session = await client(runtime).openShell(params)
    delete process.env['BEDROCK_AGENTCORE_DATA_PLANE_ENDPOINT']
    await session.close()
    await until(() => server.live() === 0)
    server.stop()
    const { path, query, headers } = server.seen[0] ?? {}
    return { path, query, protocols: headers?.['sec-websocket-protocol'] }
  },
})
probe('generateWsConnection', async (runtime) => {
  const { url, headers } = await client(runtime).generateWsConnection({ ...shell })
  const random = (await client(runtime).generateWsConnection({ runtimeArn: ARN })).headers
  return [url, headerNames(headers), headers['User-Agent'], headerNames(random).length]
})
probe('generatePresignedUrl', async (runtime) => {
  const options = { runtimeArn: ARN, sessionId: 'se', endpointName: 'E', customHeaders: { a: 'b c' }, expires: 60 }
  return stable(await client(runtime).generatePresignedUrl(options))
})
probe('generateWsConnectionOAuth', async (runtime) => {
  const { url, headers } = await client(runtime).generateWsConnectionOAuth({ ...shell, bearerToken: 'tok' })
  return [url, headerNames(headers), headers['Authorization'], headers['Host']]
})
probe('connectShellSigV4', async (runtime) => {
  const { url, headers } = await client(runtime).connectShellSigV4(shell)
  return [stable(url), headerNames(headers)]
})
probe('connectShellPresigned', async (runtime) => stable((await client(runtime).connectShellPresigned(shell)).url))
probe('connectShellOAuth', async (runtime) => {
  const { url, subprotocols } = await client(runtime).connectShellOAuth({ ...shell, bearerToken: 'a/token+ü' })
  return [stable(url), subprotocols]
})
probe('mistakes', async (runtime) => {
  const runtimes = client(runtime)
  const elsewhere = ARN.replace('us-west-2', 'eu-west-1')
  const oauth = (bearerToken: string) => ({ type: 'oauth', bearerToken })
  const tries: Record<string, () => Promise<unknown>> = {
    'no ARN': () => runtimes.openShell({ runtimeArn: 'nonsense' }),
    'another region': () => runtimes.openShell({ runtimeArn: elsewhere }),
    'a bad shellId': () => runtimes.openShell({ runtimeArn: ARN, shellId: '-' }),
    'an empty token': () => runtimes.openShell({ runtimeArn: ARN, auth: oauth('') }),
    'a long token': () => runtimes.openShell({ runtimeArn: ARN, auth: oauth('x'.repeat(4_000)) }),
    'a long life': () => runtimes.openShell({ runtimeArn: ARN, auth: { type: 'presigned', expires: 301 } }),
    'a long life of a URL': () => runtimes.generatePresignedUrl({ runtimeArn: ARN, expires: 301 }),
    'a URL without ARN': () => runtimes.generatePresignedUrl({ runtimeArn: 'nonsense' }),
    'a connection without ARN': () => runtimes.generateWsConnection({ runtimeArn: 'nonsense' }),
    'a connection without token': () => runtimes.generateWsConnectionOAuth({ runtimeArn: ARN, bearerToken: '' }),
    'a signed shell elsewhere': () => runtimes.connectShellSigV4({ ...shell, runtimeArn: elsewhere }),
    'a shell without token': () => runtimes.connectShellOAuth({ ...shell, bearerToken: '' }),
  }
  const ends: Record<string, string> = {}
  for (const [name, run] of Object.entries(tries)) ends[name] = await settled(Promise.resolve().then(run), 500)
  return ends
})

export const surfaceProbes: readonly Probe<Runtime>[] = probes
