import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'
import type { AgentCoreOptions } from '../src/aws.ts'

// The signer's own packages do not load under the test runner's conditions, so the module is loaded as a bundler gives it.
let agentCoreShell: typeof import('../src/aws.ts').agentCoreShell
beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/aws.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@holdfast/source'],
    external: ['@aws-sdk/credential-provider-node'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('file:///');" },
    write: false,
  })
  const bundle: typeof import('../src/aws.ts') = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')}`
  )
  agentCoreShell = bundle.agentCoreShell
})

const runtimeArn = 'arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my-runtime'
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'a/session+token=',
}
const context = {
  attempt: 1,
  reason: 'initial',
  previousError: undefined,
  signal: new AbortController().signal,
} as const
const options: AgentCoreOptions = {
  runtimeArn,
  credentials,
  qualifier: 'DEFAULT',
  signingDate: () => new Date(Date.UTC(2024, 0, 2, 3, 4, 5)),
}
const URL_BASE =
  'wss://bedrock-agentcore.us-west-2.amazonaws.com/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A123456789012%3Aruntime%2Fmy-runtime/ws/shells?shellId=s1&qualifier=DEFAULT'

// The signatures are those that bedrock-agentcore 0.4.4 makes of the same input at the same time.
it('the AWS signer signs headers as the service expects them', async () => {
  const target = await agentCoreShell(options)('s1', 'session-1', context)
  expect(target.url).toBe(URL_BASE)
  expect(target.headers).toMatchObject({
    'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id': 'session-1',
    'x-amz-date': '20240102T030405Z',
    'x-amz-security-token': 'a/session+token=',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240102/us-west-2/bedrock-agentcore/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amzn-bedrock-agentcore-runtime-session-id, Signature=9bc8d6e6dfd8977a4f34f288471def440c355a383566a6fe140dfc006968ab23',
  })
})

it('the AWS signer signs a URL as the service expects it', async () => {
  const connect = agentCoreShell({
    ...options,
    credentials: async () => credentials,
    auth: { type: 'presigned', expires: 120 },
  })
  const { url, headers } = await connect('s1', 'session-1', context)
  expect(url).toBe(
    `${URL_BASE}&X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=session-1&X-Amz-Security-Token=a%2Fsession%2Btoken%3D&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20240102%2Fus-west-2%2Fbedrock-agentcore%2Faws4_request&X-Amz-Date=20240102T030405Z&X-Amz-Expires=120&X-Amz-SignedHeaders=host&X-Amz-Signature=b9670c66fb60a63dd6c6b544315817a8c67f5dbc2fff6665215fe4be3e984948`,
  )
  expect(headers).toBeUndefined()
})

it('the AWS signer needs no keys for a bearer token, and asks for it anew each time', async () => {
  let asked = 0
  const connect = agentCoreShell({
    runtimeArn,
    auth: {
      type: 'oauth',
      bearerToken: () => {
        asked += 1
        return 'tök'
      },
    },
  })
  await connect('s1', 'session-1', context)
  const { protocols } = await connect('s1', 'session-1', context)
  expect(protocols).toEqual(['base64UrlBearerAuthorization.dMO2aw', 'base64UrlBearerAuthorization'])
  expect(asked).toBe(2)
})

it('the AWS signer refuses an ARN without a region and a URL that would live too long', () => {
  expect(() => agentCoreShell({ runtimeArn: 'my-runtime' })).toThrow(/region/)
  expect(() => agentCoreShell({ runtimeArn, auth: { type: 'presigned', expires: 301 } })).toThrow(/300/)
})
